"""Models, on every implementation of the registry."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from maas.domain.catalog.models import ModelChange, ModelFilter, ModelStatus, WantedPage
from maas.domain.catalog.versions import VersionState
from maas.domain.errors import (
    AlreadyExists,
    InvalidInput,
    NotFound,
    PermissionDenied,
    RevisionMismatch,
)
from maas.domain.identity.principals import Role, Scope, possible_scopes
from maas.domain.ids import new_id
from maas.services.ports.registry import Registry
from tests.support.registry_server import (
    broken_field,
    limited,
    make_draft,
    make_model,
    make_published,
    make_upload,
    person,
)


async def test_a_created_model_is_read_back(registry: Registry) -> None:
    by = person()
    created = await make_model(
        registry, by, "Iris", description="flowers", tags=("a", "B"), metadata={"k": "v"}, is_public=True
    )
    assert (created.name, created.tenant_id, created.owner_id) == ("Iris", by.tenant_id, by.subject)
    assert (created.status, created.revision, created.tags) == (ModelStatus.PENDING, 1, ("a", "b"))
    assert await registry.get_model(by, created.id) == created


async def test_a_new_model_has_a_draft_only_if_a_version_is_named(registry: Registry) -> None:
    by = person()
    bare = await make_model(registry, by, "bare")
    drafted = await make_model(registry, by, "drafted", version="v2.0.0")
    assert (await registry.list_versions(by, bare.id, limit=10, cursor="")).items == ()
    [draft] = (await registry.list_versions(by, drafted.id, limit=10, cursor="")).items
    assert (draft.version, draft.state) == ("2.0.0", VersionState.DRAFT)


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"name": ""}, ("name", "min_length")),
        ({"name": "x" * 10_000}, ("name", "max_length")),
        ({"name": "a\x00b"}, ("name", "control_characters")),
        ({"name": " x"}, ("name", "trimmed")),
        ({"framework": "cobol"}, ("framework", "enum")),
        ({"tags": ("ok", "not ok")}, ("tags[1]", "tag")),
        ({"metadata": {"": "x"}}, ("metadata.", "min_length")),
        ({"version": "1.0"}, ("version", "semver")),
        ({"version": ""}, ("version", "semver")),
    ],
)
async def test_create_names_the_bad_field(registry: Registry, fields: dict[str, object], broken: object) -> None:
    with pytest.raises(InvalidInput) as error:
        await make_model(registry, person(), **{"name": "iris", **fields})  # type: ignore[arg-type]
    assert broken_field(error) == broken


async def test_a_name_is_unique_in_its_tenant_whatever_its_joiners(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by, "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645")
    with pytest.raises(AlreadyExists, match="when case and joiners are ignored"):
        await make_model(registry, by, "\u0645\u06cc\u062e\u0648\u0627\u0647\u0645")
    renamed = await registry.update_model(by, model.id, ModelChange(name="\u0645\u06cc\u062e\u0648\u0627\u0647\u0645"))
    assert renamed.name == "\u0645\u06cc\u062e\u0648\u0627\u0647\u0645"
    await registry.delete_model(by, model.id)
    await make_model(registry, by, "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645")


async def test_a_name_is_unique_in_its_tenant_in_any_case(registry: Registry) -> None:
    by = person()
    await make_model(registry, by, "Straße")
    with pytest.raises(AlreadyExists, match="add a version") as error:
        await make_model(registry, by, "STRASSE", version="9.9.9")
    told = "a model named 'Straße' exists already, which is the same as 'STRASSE' when case and joiners are ignored"
    assert error.value.message.startswith(told)
    assert broken_field(error) == ("name", "unique")
    assert (await make_model(registry, person(), "STRASSE")).name == "STRASSE"


async def test_a_deleted_models_name_is_free_again(registry: Registry) -> None:
    by = person()
    first = await make_model(registry, by)
    await registry.delete_model(by, first.id)
    assert (await make_model(registry, by)).id != first.id


async def test_a_rename_frees_the_old_name_and_takes_the_new(registry: Registry) -> None:
    by = person()
    model, other = await make_model(registry, by, "old"), await make_model(registry, by, "other")
    renamed = await registry.update_model(by, model.id, ModelChange(name="new"))
    assert (renamed.name, renamed.revision) == ("new", 2)
    assert (await make_model(registry, by, "old")).name == "old"
    with pytest.raises(AlreadyExists):
        await registry.update_model(by, other.id, ModelChange(name="NEW"))
    assert (await registry.update_model(by, model.id, ModelChange(name="NEW"))).name == "NEW"


async def test_an_update_changes_the_given_fields_only(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by, description="old", tags=("a", "b"), metadata={"k": "v"})
    change = ModelChange(
        description="", status="running", framework="sklearn", is_public=True, add_tags=("C",), remove_tags=("a",)
    )
    changed = await registry.update_model(by, model.id, change)
    assert (changed.description, changed.status, changed.framework) == ("", "running", "sklearn")
    assert (changed.is_public, changed.tags, changed.metadata) == (True, ("b", "c"), {"k": "v"})
    replaced = await registry.update_model(by, model.id, ModelChange(tags=("x",), metadata={}))
    assert (replaced.tags, replaced.metadata, replaced.revision) == (("x",), {}, 3)
    assert await registry.get_model(by, model.id) == replaced


async def test_an_update_that_changes_nothing_keeps_the_revision(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by, tags=("a",))
    assert await registry.update_model(by, model.id, ModelChange(name="iris", add_tags=("A",))) == model


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (ModelChange(status="sleeping"), "status"),
        (ModelChange(framework=""), "framework"),
        (ModelChange(name=""), "name"),
        (ModelChange(add_tags=("no blanks",)), "tags[0]"),
        (ModelChange(description="\x01"), "description"),
        (ModelChange(add_tags=tuple(f"t{i}" for i in range(51))), "tags"),
    ],
)
async def test_update_names_the_bad_field(registry: Registry, change: ModelChange, field: str) -> None:
    by = person()
    model = await make_model(registry, by)
    with pytest.raises(InvalidInput) as error:
        await registry.update_model(by, model.id, change)
    assert broken_field(error)[0] == field


async def test_a_change_or_deletion_with_a_stale_revision_is_refused(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await registry.update_model(by, model.id, ModelChange(description="new", expected_revision=1))
    with pytest.raises(RevisionMismatch):
        await registry.update_model(by, model.id, ModelChange(description="newer", expected_revision=1))
    with pytest.raises(RevisionMismatch):
        await registry.delete_model(by, model.id, 1)
    await registry.delete_model(by, model.id, 2)
    with pytest.raises(NotFound):
        await registry.get_model(by, model.id)


@pytest.mark.parametrize("model_id", ["", "no-uuid", "../../etc", "x" * 5000, new_id()])
async def test_an_unknown_id_is_not_found(registry: Registry, model_id: str) -> None:
    by = person()
    with pytest.raises(NotFound):
        await registry.get_model(by, model_id)
    with pytest.raises(NotFound):
        await registry.update_model(by, model_id, ModelChange(description="x"))
    with pytest.raises(NotFound):
        await registry.delete_model(by, model_id)
    with pytest.raises(NotFound):
        await registry.get_upload(by, model_id)


async def test_another_tenants_model_is_not_found(registry: Registry) -> None:
    owner, other = person(), person()
    model = await make_model(registry, owner)
    await make_draft(registry, owner, model)
    for call in (
        registry.get_model(other, model.id),
        registry.get_version(other, model.id, "1.0.0"),
        registry.list_versions(other, model.id, limit=1, cursor=""),
        registry.update_model(other, model.id, ModelChange(description="x")),
        registry.delete_model(other, model.id),
        make_draft(registry, other, model, "2.0.0"),
        make_upload(registry, other, model),
    ):
        with pytest.raises(NotFound) as error:
            await call
        assert error.value.message == f"model not found: {model.id}"


async def test_other_tenants_see_published_versions_only(registry: Registry) -> None:
    owner, other = person(), person()
    model = await make_model(registry, owner, is_public=True)
    await make_published(registry, owner, model, "1.0.0")
    await make_published(registry, owner, model, "1.2.0")
    for draft in ("0.9.0", "1.1.0", "2.0.0"):
        await make_draft(registry, owner, model, draft)

    first = await registry.list_versions(other, model.id, limit=1, cursor="")
    second = await registry.list_versions(other, model.id, limit=1, cursor=first.next_cursor)
    with pytest.raises(NotFound):
        await registry.get_version(other, model.id, "1.1.0")

    assert [version.version for version in (*first.items, *second.items)] == ["1.2.0", "1.0.0"]
    assert second.next_cursor == ""
    assert (await registry.get_version(owner, model.id, "1.1.0")).state is VersionState.DRAFT
    assert (await registry.get_version(other, model.id, "latest")).version == "1.2.0"


async def test_other_tenants_can_read_but_not_change_a_public_model(registry: Registry) -> None:
    owner, other = person(), person()
    model = await make_model(registry, owner, is_public=True)
    version = await make_published(registry, owner, model)
    assert (await registry.get_model(other, model.id)).id == model.id
    seen = await registry.get_version(other, model.id, "latest")
    own = await registry.get_version(owner, model.id, "1.0.0")
    assert seen == replace(own, created_by="", upload_id="")
    assert [v.version for v in (await registry.list_versions(other, model.id, limit=1, cursor="")).items] == [
        version.version
    ]
    with pytest.raises(NotFound):
        await registry.update_model(other, model.id, ModelChange(description="x"))
    assert (await registry.list_models(other, ModelFilter(), WantedPage(limit=10))).items == ()


async def test_each_call_needs_its_scope(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    viewer = person(by.tenant_id, Role.VIEWER)
    keyless = limited(by)
    for call in (
        make_model(registry, viewer, "other"),
        registry.update_model(viewer, model.id, ModelChange(description="x")),
        registry.delete_model(viewer, model.id),
        make_draft(registry, viewer, model),
        registry.publish_version(viewer, model.id, "1.0.0"),
        make_upload(registry, viewer, model),
        registry.get_model(keyless, model.id),
        registry.list_models(keyless, ModelFilter(), WantedPage(limit=1)),
        registry.delete_model(limited(by, Scope.MODELS_WRITE), model.id),
    ):
        with pytest.raises(PermissionDenied):
            await call
    caller = limited(by, Scope.INFERENCE_INVOKE)
    assert await registry.get_model(caller, model.id, Scope.INFERENCE_INVOKE) == model
    with pytest.raises(PermissionDenied):
        await registry.get_model(caller, model.id)


async def test_whoever_looks_a_model_up_needs_the_right_for_it(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_published(registry, by, model)
    rights = {
        Role.INVOKER: {Scope.INFERENCE_INVOKE},
        Role.VIEWER: {Scope.INFERENCE_INVOKE, Scope.MODELS_READ},
        Role.DEVELOPER: {Scope.INFERENCE_INVOKE, Scope.MODELS_READ, Scope.UPLOADS_WRITE},
    }
    for role, allowed in rights.items():
        # A session has the scopes of every right on models, because a grant may add one.
        caller = replace(person(by.tenant_id, role), scopes=possible_scopes([role]))
        for right in rights[Role.DEVELOPER]:
            calls = (
                registry.get_model(caller, model.id, right),
                registry.get_version(caller, model.id, "1.0.0", right),
                registry.get_version(caller, model.id, "", right),
            )
            for call in calls:
                with nullcontext() if right in allowed else pytest.raises(PermissionDenied):
                    await call


async def test_a_public_model_of_another_tenant_is_absent_for_uploads(registry: Registry) -> None:
    model = await make_model(registry, person(), is_public=True)
    with pytest.raises(NotFound):
        await registry.get_model(person(), model.id, Scope.UPLOADS_WRITE)
