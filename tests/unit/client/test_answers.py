"""The client's answers are those of the server's contracts."""

import re
from typing import Any

import pytest
from pydantic import BaseModel

from maas.contracts import (
    aliases,
    api_keys,
    audit,
    auth,
    captures,
    changelog,
    diff,
    disagreements,
    feedback,
    files,
    grants,
    invitations,
    jobs,
    members,
    models,
    monitoring,
    own_accounts,
    predictions,
    rollouts,
    service_accounts,
    statistics,
    trusted_issuers,
    uploads,
    usage,
    versions,
    webhooks,
)
from maas.contracts.pages import CountedPageAnswer
from maas_client import answers
from maas_client.answers import differences
from maas_client.answers.base import Answer, Page
from tests.support.client_api import MODEL

CONTRACTS: dict[str, type[BaseModel]] = {
    "Alias": aliases.AliasAnswer,
    "AliasMove": aliases.AliasMoveAnswer,
    "Aliases": aliases.AliasesAnswer,
    "ApiKey": api_keys.ApiKeyAnswer,
    "AuditHead": audit.AuditHeadAnswer,
    "AuditRecord": audit.AuditRecordAnswer,
    "AuditSegment": audit.AuditSegmentAnswer,
    "Delivery": webhooks.DeliveryAnswer,
    "NewWebhook": webhooks.NewWebhookAnswer,
    "ModelStatistics": statistics.ModelStatisticsAnswer,
    "Capture": captures.CaptureAnswer,
    "CaptureFile": captures.CaptureFileAnswer,
    "Baseline": monitoring.BaselineAnswer,
    "Column": monitoring.ColumnAnswer,
    "ColumnDrift": monitoring.ColumnDriftAnswer,
    "Drift": monitoring.DriftAnswer,
    "Monitoring": monitoring.MonitoringAnswer,
    "Quota": usage.QuotaAnswer,
    "CalibrationBin": feedback.BinAnswer,
    "ClassFigures": feedback.ClassAnswer,
    "Classification": feedback.ClassificationAnswer,
    "ComparedVersion": feedback.ComparedAnswer,
    "Comparison": feedback.ComparisonAnswer,
    "FeedbackError": feedback.ItemErrorAnswer,
    "FeedbackItem": feedback.ItemAnswer,
    "FeedbackSent": feedback.FeedbackAnswer,
    "Interval": feedback.IntervalAnswer,
    "Performance": feedback.PerformanceAnswer,
    "PerformanceGroup": feedback.GroupAnswer,
    "PerformancePoint": feedback.PointAnswer,
    "Regression": feedback.RegressionAnswer,
    "Segment": feedback.SegmentAnswer,
    "Disagreement": disagreements.DisagreementAnswer,
    "Disagreements": disagreements.DisagreementsAnswer,
    "Rollout": rollouts.RolloutAnswer,
    "JudgedRollout": rollouts.JudgedRolloutAnswer,
    "Judgement": rollouts.JudgementAnswer,
    "JudgedGuard": rollouts.JudgedGuardAnswer,
    "SeenSide": rollouts.SeenAnswer,
    "RolloutGuard": rollouts.GuardAnswer,
    "RolloutStep": rollouts.StepAnswer,
    "RolloutTolerance": rollouts.ToleranceAnswer,
    "Statistics": statistics.OrganizationStatisticsAnswer,
    "Usage": usage.UsageAnswer,
    "Job": jobs.JobAnswer,
    "JobFailure": jobs.JobFailure,
    "JobFile": jobs.JobFileAnswer,
    "JobProgress": jobs.JobProgress,
    "JobResult": jobs.JobResultAnswer,
    "JobUpload": jobs.NewJobFileAnswer,
    "Warmed": predictions.WarmAnswer,
    "Webhook": webhooks.WebhookAnswer,
    "Batch": predictions.BatchAnswer,
    "Changelog": changelog.ChangelogAnswer,
    "ChangelogEntry": changelog.ChangelogEntry,
    "CompletedUpload": uploads.CompletedUploadAnswer,
    "Diff": diff.DiffAnswer,
    "Download": uploads.DownloadAnswer,
    "Downloads": files.DownloadsAnswer,
    "ExchangedToken": trusted_issuers.ExchangedToken,
    "FileDownload": files.FileDownloadAnswer,
    "Grant": grants.GrantAnswer,
    "HeldGrant": grants.HeldGrantAnswer,
    "Invitation": invitations.InvitationAnswer,
    "LiveAt": aliases.LiveAtAnswer,
    "LoginSession": own_accounts.SessionAnswer,
    "Member": members.MemberAnswer,
    "Membership": own_accounts.MembershipAnswer,
    "Memberships": own_accounts.MembershipsAnswer,
    "Metadata": models.MetadataAnswer,
    "Model": models.ModelAnswer,
    "NewApiKey": api_keys.NewApiKeyAnswer,
    "NewInvitation": invitations.NewInvitationAnswer,
    "KnownFile": uploads.KnownFileAnswer,
    "PartUrl": uploads.PartUrl,
    "ProvenFiles": uploads.ProvenFilesAnswer,
    "PartUrls": uploads.PartUrlsAnswer,
    "Prediction": predictions.PredictionAnswer,
    "ReceivedPart": uploads.ReceivedPart,
    "ServiceAccount": service_accounts.ServiceAccountAnswer,
    "Signature": versions.SignatureAnswer,
    "StartedUpload": uploads.StartedUploadAnswer,
    "Tensor": versions.TensorAnswer,
    "Tokens": auth.TokenAnswer,
    "TrustedIssuer": trusted_issuers.TrustedIssuerAnswer,
    "Upload": uploads.UploadAnswer,
    "UploadFile": uploads.UploadFileAnswer,
    "User": auth.UserAnswer,
    "Version": versions.VersionAnswer,
    "VersionFile": files.FileAnswer,
    "VersionFiles": files.FilesAnswer,
}
_OTHERS = {"Answer", "Page", "KeySet"}  # the bases, and the answer that has no contract but RFC 7517


def test_each_answer_of_the_client_has_a_contract() -> None:
    assert set(answers.__all__) == set(CONTRACTS) | _OTHERS


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_fields_and_types_are_those_of_the_contract(name: str) -> None:
    ours: type[BaseModel] = getattr(answers, name)
    assert _shape(ours) == _shape(CONTRACTS[name])


def test_a_page_has_the_fields_of_a_counted_page() -> None:
    assert set(Page.model_fields) == set(CountedPageAnswer.model_fields)


def _shape(kind: type[BaseModel]) -> Any:
    """The JSON schema with the definitions in place, without names and descriptions."""
    schema = kind.model_json_schema(mode="serialization")
    return _inlined(schema, schema.get("$defs", {}))


def _inlined(value: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_inlined(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    if reference := value.get("$ref"):
        return _inlined(definitions[reference.rpartition("/")[2]], definitions)
    return {key: _inlined(item, definitions) for key, item in value.items() if not _is_name(key, item)}


def _is_name(key: str, item: Any) -> bool:
    return key == "$defs" or (key in {"title", "description"} and isinstance(item, str))


def test_the_comparison_sees_another_type() -> None:
    class Other(Answer):
        alias: str
        version: str
        moved_at: str
        revision: int

    assert _shape(Other) != _shape(aliases.AliasAnswer)


def test_unknown_fields_are_ignored() -> None:
    found = answers.Model.model_validate({**MODEL, "colour": "red"})
    assert found.name == "iris"
    assert not hasattr(found, "colour")


@pytest.mark.parametrize(
    "kind", [answers.Tokens, answers.ExchangedToken, answers.NewApiKey, answers.NewInvitation, answers.PartUrl]
)
def test_a_secret_is_not_in_a_repr(kind: type[BaseModel]) -> None:
    secret = {name for name in kind.model_fields if re.search("token$|^key$|^url$", name)}
    values: dict[str, Any] = dict.fromkeys(kind.model_fields, "s3cret")
    shown = repr(kind.model_construct(None, **values))
    assert secret
    assert not any(f"{name}=" in shown.replace("token_type=", "") for name in secret)


def test_a_difference_is_read_from_its_names_on_the_wire() -> None:
    change = differences.FieldChange.model_validate({"change": "added", "from": None, "to": "x", "field": "parent"})
    assert (change.from_, change.to) == (None, "x")
