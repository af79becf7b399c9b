"""What the table of monitoring has of a model goes with it, and nothing else."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from maas.adapters.aws import model_traces
from maas.adapters.aws.disagreements import DynamoDisagreements
from maas.adapters.aws.drift_notes import DynamoDriftNotes
from maas.adapters.aws.feedback import DynamoFeedback
from maas.adapters.aws.model_traces import DynamoModelTraces
from maas.adapters.aws.rollout_watches import DynamoRolloutWatches
from maas.adapters.aws.sketches import DynamoSketches
from maas.domain.feedback.given import Feedback
from maas.domain.feedback.kept import Kept, KeptRow
from maas.domain.feedback.places import ModelPlace
from maas.domain.ids import new_id
from maas.domain.judging.watching import begun
from maas.domain.monitoring.baselines import Baseline, BaselineKind
from maas.domain.monitoring.events import drift_found
from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.sketches import VersionSketch
from maas.domain.monitoring.summaries import VersionSummary
from maas.domain.monitoring.windows import Period, Window
from maas.domain.shadowing.comparing import Disagreement, Kind
from maas.domain.shadowing.samples import Sample
from maas.services.joining_feedback import Joining
from tests.support.aws import Aws
from tests.unit.web.routes.test_rollouts import JUDGEMENT


@dataclass(frozen=True)
class Table:
    """The table of monitoring, with what the product writes into it. `events` is the table of events of drift."""

    name: str
    endpoint: str
    events: str

    def items(self, *contents: str) -> list[dict[str, Any]]:
        """The items whose key has one of these texts."""
        table = boto3.resource("dynamodb", endpoint_url=self.endpoint).Table(self.name)
        pages = table.meta.client.get_paginator("scan").paginate(
            TableName=self.name
        )  # other tests may fill the first one
        found = [item for page in pages for item in page["Items"]]
        keys = [(item, " ".join((str(item["pk"]), str(item["sk"])))) for item in found]
        return [item for item, key in keys if any(text in key for text in contents) and "MEASURED" not in key]

    def fill(self, tenant: str, rollout_id: str = "") -> str:
        """Makes sketches, baselines, reports, drift, predictions and feedback of a model. Returns its id."""
        model, now = new_id(), time.time()
        sketches, feedback = DynamoSketches(self.name, self.endpoint), DynamoFeedback(self.name, self.endpoint)
        notes = DynamoDriftNotes(self.name, self.events, self.endpoint)
        for number in ("1.0.0", "2.0.0"):
            place = Place(tenant, model, number)
            for period in (Period.MINUTE, Period.HOUR):
                sketches.put(Flush(place, period, period.start(now), new_id(), VersionSketch(calls=1, rows=1)))
            summary, at = VersionSummary(calls=1, rows=1, inputs={}, outputs={}), datetime.now(UTC)
            made = Baseline(kind=BaselineKind.GIVEN, version=number, summary=summary, created_at=at)
            sketches.put_baseline(place, made)
            report = DriftReport(version=number, window=Window(0, 60), made_at=at, rows=1)
            sketches.put_report(place, report)
            assert notes.tell(place, 0, 60, drift_found(place, report))
        kept = Kept(
            tenant_id=tenant,
            model_id=model,
            prediction_id=new_id(),
            version="1.0.0",
            at=now,
            rows=(KeptRow(label="cat", segments={"country": "at"}),),
            key=new_id(),
            rollout_id=rollout_id,
            side="live" if rollout_id else "",
        )
        feedback.keep([kept])
        Joining(feedback).join(ModelPlace(tenant, model), [Feedback(prediction_id=kept.prediction_id, label="cat")])
        return model

    def judge(self, tenant: str, model: str) -> str:
        """Makes what a judge and a shadow keep of a rollout of the model. Returns the rollout's id."""
        rollout_id, watches = new_id(), DynamoRolloutWatches(self.name, self.endpoint)
        assert watches.put(rollout_id, begun(time.time(), 0, {}).looked(time.time(), 0, {}, {}))
        watches.note(tenant, model, rollout_id)
        watches.put_judgement(rollout_id, JUDGEMENT)
        sample = Sample(new_id(), time.time(), Disagreement("score", Kind.NUMBER, 0, (0.1,), (0.9,)))
        DynamoDisagreements(self.name, self.endpoint).keep(tenant, rollout_id, sample)
        return rollout_id


@pytest.fixture
def table(aws: Aws) -> Table:
    environment = aws.application.functions["SurveyorFunction"].environment
    return Table(environment["MAAS_MONITORING_TABLE"], aws.endpoint, environment["MAAS_IDENTITY_TABLE"])


def test_all_of_a_deleted_model_is_removed(table: Table) -> None:
    tenant, rollout_id = new_id(), new_id()
    model, other = table.fill(tenant, rollout_id), table.fill(tenant)
    assert len(table.items(model)) >= 12
    assert len(table.items(f"DRIFT#{tenant}#{model}")) == 2
    assert len(table.items(rollout_id)) >= 1
    left = len(table.items(other))
    assert DynamoModelTraces(table.name, table.endpoint).remove(tenant, model) is False
    assert (table.items(model, rollout_id), len(table.items(other))) == ([], left)


def test_what_is_kept_of_rollouts_of_a_deleted_model_is_removed(table: Table) -> None:
    tenant = new_id()
    model, other = new_id(), new_id()
    rollouts, others = [table.judge(tenant, model) for _ in range(2)], table.judge(tenant, other)
    kinds = {str(item["pk"]).partition("#")[0] for item in table.items(rollouts[0])}
    assert kinds == {"WATCH", "JUDGED", "SHADOW", "MODEL"}
    left = len(table.items(others))
    assert DynamoModelTraces(table.name, table.endpoint).remove(tenant, model) is False
    assert (table.items(model, *rollouts), len(table.items(others))) == ([], left)


def test_a_call_removes_so_many_and_tells_whether_there_is_more(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_traces, "ITEMS_MAX", 4)
    tenant = new_id()
    model, traces = table.fill(tenant), DynamoModelTraces(table.name, table.endpoint)
    calls, counts = 0, [len(table.items(model))]
    while traces.remove(tenant, model):
        calls += 1
        counts.append(len(table.items(model)))
        assert calls < 50
    assert calls > 2
    assert counts == sorted(counts, reverse=True)
    assert table.items(model) == []


def test_another_organization_removes_nothing(table: Table) -> None:
    model = table.fill(new_id())
    before = len(table.items(model))
    assert DynamoModelTraces(table.name, table.endpoint).remove(new_id(), model) is False
    assert len(table.items(model)) == before
