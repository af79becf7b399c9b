"""Publishing and deprecation of versions, on every implementation of the registry."""

import re
from dataclasses import replace

import pytest

from maas.domain.catalog.models import ModelChange, ModelStatus
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.catalog.versions import Signature, Tensor, VersionState
from maas.domain.errors import Incompatible, NotFound, WrongState
from maas.domain.identity.principals import Principal, validator
from maas.services.ports.registry import Registry
from tests.support.registry_server import (
    SHA256,
    SIGNATURE,
    artifact,
    make_draft,
    make_model,
    make_published,
    make_ready,
    make_upload,
    person,
)


async def test_publishing_never_lowers_latest(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    for number, latest in (("1.0.0", "1.0.0"), ("0.9.0", "1.0.0"), ("2.0.0-rc.1", "1.0.0"), ("1.1.0", "1.1.0")):
        published = await make_published(registry, by, model, number)
        assert (published.state, published.published_at is None) == (VersionState.PUBLISHED, False)
        seen = await registry.get_model(by, model.id)
        assert (seen.latest_version, seen.status) == (latest, ModelStatus.READY)
        assert (await registry.get_version(by, model.id, "latest")).version == latest


async def test_publishing_again_changes_nothing(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    published = await make_published(registry, by, model)
    revision = (await registry.get_model(by, model.id)).revision
    assert await registry.publish_version(by, model.id, "v1.0.0") == published
    assert (await registry.get_model(by, model.id)).revision == revision


async def test_publishing_keeps_an_archived_status(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await registry.update_model(by, model.id, ModelChange(status="archived"))
    await make_published(registry, by, model)
    assert (await registry.get_model(by, model.id)).status is ModelStatus.ARCHIVED


async def test_a_draft_cannot_be_published(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    with pytest.raises(WrongState, match="draft and can't become published"):
        await registry.publish_version(by, model.id, "1.0.0")


async def test_latest_and_ranges_skip_deprecated_versions(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    for number in ("1.0.0", "1.1.0-rc.1", "1.1.0", "1.2.0+b"):
        await make_published(registry, by, model, number)
    for gone, latest in (("1.0.0", "1.2.0+b"), ("1.2.0+b", "1.1.0"), ("1.1.0", "")):
        deprecated = await registry.deprecate_version(by, model.id, gone)
        assert (deprecated.state, deprecated.deprecated_at is None) == (VersionState.DEPRECATED, False)
        assert (await registry.get_model(by, model.id)).latest_version == latest
        assert await registry.get_version(by, model.id, gone) == deprecated
        if latest:
            for ref in ("latest", "*", "^1"):
                assert (await registry.get_version(by, model.id, ref)).version == latest
    for ref in ("latest", "*", "^1"):
        with pytest.raises(NotFound):
            await registry.get_version(by, model.id, ref)
    assert (await registry.get_version(by, model.id, ">=1.1.0-rc.0")).version == "1.1.0-rc.1"


async def test_deprecating_again_changes_nothing(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_published(registry, by, model)
    deprecated = await registry.deprecate_version(by, model.id, "1.0.0")
    revision = (await registry.get_model(by, model.id)).revision
    assert await registry.deprecate_version(by, model.id, "v1.0.0") == deprecated
    assert (await registry.get_model(by, model.id)).revision == revision
    with pytest.raises(WrongState, match="deprecated and can't become published"):
        await registry.publish_version(by, model.id, "1.0.0")


async def test_only_a_published_version_can_be_deprecated(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_ready(registry, by, model)
    with pytest.raises(WrongState, match="ready and can't become deprecated"):
        await registry.deprecate_version(by, model.id, "1.0.0")
    with pytest.raises(NotFound):
        await registry.deprecate_version(by, model.id, "2.0.0")


BROKEN = Signature(inputs=(Tensor("X", "int64", (-1, 4)), Tensor("Z", "float", ())), outputs=SIGNATURE.outputs[:1])


@pytest.mark.parametrize("number", ["1.1.0", "1.0.1", "1.9.0+b"])
async def test_a_breaking_minor_or_patch_is_refused_with_each_reason(registry: Registry, number: str) -> None:
    by = person()
    model = await make_model(registry, by)
    for published in ("0.9.0", "1.0.0", "2.0.0"):
        await make_published(registry, by, model, published)
    ready = await make_ready(registry, by, model, number, BROKEN)
    with pytest.raises(Incompatible, match=f"{re.escape(number)} breaks callers of 1.0.0.* in 3 way") as error:
        await registry.publish_version(by, model.id, number)
    reasons = [(found.field, found.rule) for found in error.value.fields]
    assert reasons == [("inputs.Z", "added"), ("inputs.X", "dtype"), ("outputs.probabilities", "removed")]
    assert await registry.get_version(by, model.id, number) == ready
    forced = await registry.publish_version(by, model.id, number, "all callers are ours")
    assert (forced.state, forced.forced) == (VersionState.PUBLISHED, "all callers are ours")
    assert (await registry.get_version(by, model.id, "^1")).forced == "all callers are ours"


@pytest.mark.parametrize("number", ["2.0.0", "1.1.0-rc.1", "0.9.0"])
async def test_a_major_prerelease_or_first_of_its_major_may_break(registry: Registry, number: str) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_published(registry, by, model, "1.0.0")
    await make_ready(registry, by, model, number, BROKEN)
    published = await registry.publish_version(by, model.id, number, "to be sure")
    assert (published.state, published.forced) == (VersionState.PUBLISHED, "")


async def test_other_tenants_see_no_author_force_reason_or_draft_parent(
    registry: Registry,
) -> None:
    owner, other = person(), person()
    model = await make_model(registry, owner, is_public=True)
    for number, parent in (("1.0.0", ""), ("1.1.0-rc.1", ""), ("1.1.0", "1.0.0"), ("1.2.0", "1.1.0-rc.1")):
        await registry.create_version(owner, model.id, NewVersion(version=number, parent=parent))
    for number in ("1.0.0", "1.1.0", "1.2.0"):
        upload = await make_upload(registry, owner, model, number)
        await registry.complete_upload(owner, upload.id, SHA256)
        found = replace(artifact(upload), signature=SIGNATURE if number == "1.0.0" else BROKEN)
        await registry.record_validation(validator(owner.tenant_id), upload.id, found)
        await registry.publish_version(owner, model.id, number, "callers are ours")

    async def visible(by: Principal) -> list[tuple[str, str, str]]:
        listed = [v for v in (await registry.list_versions(by, model.id, limit=9, cursor="")).items if v.published_at]
        assert [await registry.get_version(by, model.id, v.version) for v in listed] == listed
        return [(v.created_by, v.forced, v.parent) for v in listed]

    forced = "callers are ours"
    assert await visible(owner) == [
        (owner.subject, "", "1.1.0-rc.1"),
        (owner.subject, forced, "1.0.0"),
        (owner.subject, "", ""),
    ]
    assert await visible(other) == [("", "", ""), ("", "", "1.0.0"), ("", "", "")]
