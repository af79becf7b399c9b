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


async def test_publishing_moves_latest_upwards_only(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    for number, latest in (("1.0.0", "1.0.0"), ("0.9.0", "1.0.0"), ("2.0.0-rc.1", "1.0.0"), ("1.1.0", "1.1.0")):
        published = await make_published(registry, by, model, number)
        assert (published.state, published.published_at is None) == (VersionState.PUBLISHED, False)
        seen = await registry.get_model(by, model.id)
        assert (seen.latest_version, seen.status) == (latest, ModelStatus.READY)
        assert (await registry.get_version(by, model.id, "latest")).version == latest


async def test_publishing_again_answers_the_same(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    published = await make_published(registry, by, model)
    revision = (await registry.get_model(by, model.id)).revision
    assert await registry.publish_version(by, model.id, "v1.0.0") == published
    assert (await registry.get_model(by, model.id)).revision == revision


async def test_publishing_keeps_a_status_that_its_owner_chose(registry: Registry) -> None:
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


async def test_deprecating_moves_latest_down_and_ranges_pass_over_it(registry: Registry) -> None:
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


async def test_deprecating_again_answers_the_same(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_published(registry, by, model)
    deprecated = await registry.deprecate_version(by, model.id, "1.0.0")
    revision = (await registry.get_model(by, model.id)).revision
    assert await registry.deprecate_version(by, model.id, "v1.0.0") == deprecated
    assert (await registry.get_model(by, model.id)).revision == revision
    with pytest.raises(WrongState, match="deprecated and can't become published"):
        await registry.publish_version(by, model.id, "1.0.0")


async def test_only_what_is_published_is_deprecated(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_ready(registry, by, model)
    with pytest.raises(WrongState, match="ready and can't become deprecated"):
        await registry.deprecate_version(by, model.id, "1.0.0")
    with pytest.raises(NotFound):
        await registry.deprecate_version(by, model.id, "2.0.0")


BROKEN = Signature(inputs=(Tensor("X", "int64", (-1, 4)), Tensor("Z", "float", ())), outputs=SIGNATURE.outputs[:1])


@pytest.mark.parametrize("number", ["1.1.0", "1.0.1", "1.9.0+b"])
async def test_a_minor_or_patch_that_breaks_callers_is_refused_with_each_reason(
    registry: Registry, number: str
) -> None:
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
async def test_a_major_a_prerelease_and_the_first_of_its_major_may_break(registry: Registry, number: str) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_published(registry, by, model, "1.0.0")
    await make_ready(registry, by, model, number, BROKEN)
    published = await registry.publish_version(by, model.id, number, "to be sure")
    assert (published.state, published.forced) == (VersionState.PUBLISHED, "")


async def test_others_learn_of_a_public_version_neither_maker_nor_why_it_was_forced_nor_a_parent_they_cannot_see(
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

    async def seen(by: Principal) -> list[tuple[str, str, str]]:
        listed = [v for v in (await registry.list_versions(by, model.id, limit=9, cursor="")).items if v.published_at]
        assert [await registry.get_version(by, model.id, v.version) for v in listed] == listed
        return [(v.created_by, v.forced, v.parent) for v in listed]

    forced = "callers are ours"
    assert await seen(owner) == [
        (owner.subject, "", "1.1.0-rc.1"),
        (owner.subject, forced, "1.0.0"),
        (owner.subject, "", ""),
    ]
    assert await seen(other) == [("", "", ""), ("", "", "1.0.0"), ("", "", "")]
