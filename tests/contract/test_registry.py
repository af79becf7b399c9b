"""The registry's ports: its services in memory, the same on DynamoDB, and the functions' client over gRPC."""

from collections.abc import AsyncIterator

import pytest

from functions.registry.repository import DynamoRepository
from functions.registry.table import Table, connect
from maas.adapters.registry import GrpcRegistry
from maas.domain.errors import (
    AlreadyExists,
    InvalidInput,
    MaasError,
    NotFound,
    PermissionDenied,
    RevisionMismatch,
    WrongState,
)
from maas.domain.ids import new_id
from maas.domain.models import ModelChange, ModelFilter, ModelStatus
from maas.domain.principals import Role, Scope, validator
from maas.domain.uploads import UploadState
from maas.domain.versions import VersionState
from tests.aws import Aws
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.repository import MemoryRepository
from tests.registry import (
    KEY,
    SHA256,
    SIGNATURE,
    Registry,
    artifact,
    limited,
    make_draft,
    make_model,
    make_published,
    make_ready,
    make_upload,
    person,
    serving,
)


@pytest.fixture(params=["memory", "dynamodb", "grpc"])
async def registry(request: pytest.FixtureRequest) -> AsyncIterator[Registry]:
    if request.param == "memory":
        yield fake_registry()
    elif request.param == "dynamodb":
        aws: Aws = request.getfixturevalue("aws")
        table = aws.application.containers[0].environment["MAAS_REGISTRY_TABLE"]
        yield FakeRegistry(DynamoRepository(Table(table, connect(aws.endpoint))))
    else:
        async with serving(MemoryRepository()) as address:
            client = GrpcRegistry(address, KEY)
            yield client
            await client.close()


def broken_field(error: pytest.ExceptionInfo[MaasError]) -> tuple[str, str]:
    [field] = error.value.fields
    return field.field, field.rule


# --- models ---------------------------------------------------------------------------------------


async def test_a_created_model_is_read_back(registry: Registry) -> None:
    by = person()
    created = await make_model(
        registry, by, "Iris", description="flowers", tags=("a", "B"), metadata={"k": "v"}, is_public=True
    )
    assert (created.name, created.tenant_id, created.owner_id) == ("Iris", by.tenant_id, by.subject)
    assert (created.status, created.revision, created.tags) == (ModelStatus.PENDING, 1, ("a", "b"))
    assert await registry.get_model(by, created.id) == created


async def test_a_model_comes_without_a_draft_unless_a_version_is_named(registry: Registry) -> None:
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


async def test_a_name_is_unique_in_its_tenant_whatever_its_case(registry: Registry) -> None:
    by = person()
    await make_model(registry, by, "Straße")
    with pytest.raises(AlreadyExists, match="add a version") as error:
        await make_model(registry, by, "STRASSE", version="9.9.9")
    assert broken_field(error) == ("name", "unique")
    assert (await make_model(registry, person(), "STRASSE")).name == "STRASSE"


async def test_a_deleted_models_name_is_free_again(registry: Registry) -> None:
    by = person()
    first = await make_model(registry, by)
    await registry.delete_model(by, first.id)
    assert (await make_model(registry, by)).id != first.id


async def test_a_rename_moves_the_claim_on_the_name(registry: Registry) -> None:
    by = person()
    model, other = await make_model(registry, by, "old"), await make_model(registry, by, "other")
    renamed = await registry.update_model(by, model.id, ModelChange(name="new"))
    assert (renamed.name, renamed.revision) == ("new", 2)
    assert (await make_model(registry, by, "old")).name == "old"
    with pytest.raises(AlreadyExists):
        await registry.update_model(by, other.id, ModelChange(name="NEW"))
    assert (await registry.update_model(by, model.id, ModelChange(name="NEW"))).name == "NEW"


async def test_an_update_changes_what_is_set_and_nothing_else(registry: Registry) -> None:
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


async def test_a_change_or_deletion_of_another_revision_is_refused(registry: Registry) -> None:
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


async def test_another_tenants_model_is_as_absent(registry: Registry) -> None:
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


async def test_others_see_of_a_public_model_only_what_is_served(registry: Registry) -> None:
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


async def test_a_public_model_is_read_but_not_changed_by_others(registry: Registry) -> None:
    owner, other = person(), person()
    model = await make_model(registry, owner, is_public=True)
    version = await make_published(registry, owner, model)
    assert (await registry.get_model(other, model.id)).id == model.id
    assert await registry.get_version(other, model.id, "latest") == await registry.get_version(owner, model.id, "1.0.0")
    assert [v.version for v in (await registry.list_versions(other, model.id, limit=1, cursor="")).items] == [
        version.version
    ]
    with pytest.raises(NotFound):
        await registry.update_model(other, model.id, ModelChange(description="x"))
    assert (await registry.list_models(other, ModelFilter(), limit=10, cursor="")).items == ()


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
        registry.list_models(keyless, ModelFilter(), limit=1, cursor=""),
        registry.delete_model(limited(by, Scope.MODELS_WRITE), model.id),
    ):
        with pytest.raises(PermissionDenied):
            await call
    assert await registry.get_model(limited(by, Scope.INFERENCE_INVOKE), model.id) == model


# --- lists ----------------------------------------------------------------------------------------


async def test_pages_follow_each_other_newest_first(registry: Registry) -> None:
    by = person()
    made = [(await make_model(registry, by, f"m{i}")).id for i in range(5)]
    ids, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        page = await registry.list_models(by, ModelFilter(), limit=2, cursor=cursor)
        ids += [model.id for model in page.items]
        cursor, pages = page.next_cursor, pages + 1
    # Ids made in one millisecond sort at random among themselves.
    assert (ids, pages) == (sorted(made, reverse=True), 3)


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        (ModelFilter(), {"Iris", "irises", "wine"}),
        (ModelFilter(q="IRI"), {"Iris", "irises"}),
        (ModelFilter(name="iris"), {"Iris"}),
        (ModelFilter(framework="sklearn"), {"wine"}),
        (ModelFilter(status="running"), {"wine"}),
        (ModelFilter(status="archived"), set()),
        (ModelFilter(tags=("A", "b")), {"Iris"}),
        (ModelFilter(is_public=True), {"wine"}),
        (ModelFilter(is_public=False), {"Iris", "irises"}),
        (ModelFilter(q="i", tags=("b",)), {"Iris", "irises"}),
    ],
)
async def test_a_filter_narrows_the_list(registry: Registry, narrowed: ModelFilter, expected: set[str]) -> None:
    by = person()
    await make_model(registry, by, "Iris", tags=("a", "b"))
    await make_model(registry, by, "irises", tags=("b",))
    wine = await make_model(registry, by, "wine", framework="sklearn", is_public=True)
    await registry.update_model(by, wine.id, ModelChange(status="running"))
    found = await registry.list_models(by, narrowed, limit=100, cursor="")
    assert ({model.name for model in found.items}, found.next_cursor) == (expected, "")


async def test_a_list_is_narrowed_to_an_owner(registry: Registry) -> None:
    ada = person()
    bob = person(ada.tenant_id)
    await make_model(registry, ada, "ada's")
    await make_model(registry, bob, "bob's")
    found = await registry.list_models(ada, ModelFilter(owner_id=bob.subject), limit=10, cursor="")
    assert [model.name for model in found.items] == ["bob's"]


@pytest.mark.parametrize(
    ("narrowed", "limit", "cursor", "field"),
    [
        (ModelFilter(), 0, "", "limit"),
        (ModelFilter(), 10**9, "", "limit"),
        (ModelFilter(), 101, "", "limit"),
        (ModelFilter(), 10, "forged", "cursor"),
        (ModelFilter(), 10, "ä" * 3000, "cursor"),
        (ModelFilter(framework="cobol"), 10, "", "framework"),
        (ModelFilter(status="asleep"), 10, "", "status"),
        (ModelFilter(q="\x00"), 10, "", "q"),
        (ModelFilter(owner_id="x" * 129), 10, "", "owner_id"),
        (ModelFilter(tags=("?",)), 10, "", "tags[0]"),
    ],
)
async def test_list_names_the_bad_field(
    registry: Registry, narrowed: ModelFilter, limit: int, cursor: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        await registry.list_models(person(), narrowed, limit=limit, cursor=cursor)
    assert broken_field(error)[0] == field


async def test_a_cursor_of_another_list_is_refused(registry: Registry) -> None:
    by = person()
    for name in ("a", "b"):
        await make_model(registry, by, name)
    cursor = (await registry.list_models(by, ModelFilter(), limit=1, cursor="")).next_cursor
    with pytest.raises(InvalidInput):
        await registry.list_models(by, ModelFilter(q="a"), limit=1, cursor=cursor)
    with pytest.raises(InvalidInput):
        await registry.list_models(person(), ModelFilter(), limit=1, cursor=cursor)


# --- versions -------------------------------------------------------------------------------------


async def test_a_draft_is_read_back(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    metadata = {"classes": ["setosa", "versicolor"], "score": 0.97, "nested": {"deep": [1, None, True]}}
    draft = await registry.create_version(by, model.id, "v1.0.0-rc.1+b", changelog="first\nof all", metadata=metadata)
    assert (draft.version, draft.state, draft.metadata) == ("1.0.0-rc.1+b", VersionState.DRAFT, metadata)
    assert await registry.get_version(by, model.id, "1.0.0-rc.1+b") == draft


async def test_versions_come_by_precedence_page_by_page(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    numbers = ["1.10.0", "1.9.0", "1.9.0-rc.2", "1.9.0-alpha", "0.1.0"]
    for number in sorted(numbers):
        await make_draft(registry, by, model, number)
    first = await registry.list_versions(by, model.id, limit=3, cursor="")
    rest = await registry.list_versions(by, model.id, limit=3, cursor=first.next_cursor)
    assert [v.version for v in (*first.items, *rest.items)] == numbers
    assert rest.next_cursor == ""
    with pytest.raises(InvalidInput):
        await registry.list_versions(by, model.id, limit=0, cursor="")
    with pytest.raises(InvalidInput):
        await registry.list_versions(by, model.id, limit=3, cursor="x")


async def test_a_version_number_is_unique_build_metadata_aside(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model, "1.0.0+a")
    for number in ("1.0.0+a", "1.0.0+b", "1.0.0"):
        with pytest.raises(AlreadyExists) as error:
            await make_draft(registry, by, model, number)
        assert broken_field(error) == ("version", "unique")
    with pytest.raises(NotFound):
        await registry.get_version(by, model.id, "1.0.0+b")


@pytest.mark.parametrize("ref", ["1.0", "newest", "", "1" * 100])
async def test_a_reference_that_is_no_version_is_invalid(registry: Registry, ref: str) -> None:
    by = person()
    model = await make_model(registry, by)
    with pytest.raises(InvalidInput) as error:
        await registry.get_version(by, model.id, ref)
    assert broken_field(error)[0] == "ref"


async def test_what_was_never_created_is_not_found(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    with pytest.raises(NotFound):
        await registry.get_version(by, model.id, "1.0.0")
    with pytest.raises(NotFound):
        await registry.get_version(by, model.id, "latest")
    with pytest.raises(NotFound):
        await registry.publish_version(by, model.id, "1.0.0")
    with pytest.raises(NotFound):
        await make_draft(registry, by, await make_model(fake_registry(), by))


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


# --- uploads --------------------------------------------------------------------------------------


async def test_an_upload_takes_its_version_to_ready(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    assert (upload.state, upload.sha256, upload.created_by) == (UploadState.OPEN, "", by.subject)
    assert await registry.get_upload(by, upload.id) == upload
    assert (await registry.get_version(by, model.id, "1.0.0")).state is VersionState.UPLOADING

    completed = await registry.complete_upload(by, upload.id, SHA256.upper())
    assert (completed.state, completed.sha256) == (UploadState.COMPLETED, SHA256)
    assert await registry.complete_upload(by, upload.id, SHA256) == completed
    assert (await registry.get_version(by, model.id, "1.0.0")).state is VersionState.VALIDATING

    ready = await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload))
    assert ready.state is VersionState.READY
    assert ready.artifact is not None
    assert ready.artifact.signature == SIGNATURE
    assert await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload)) == ready


async def test_a_recorded_validation_stays_after_publishing(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    await registry.complete_upload(by, upload.id, SHA256)
    await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload))
    published = await registry.publish_version(by, model.id, "1.0.0")
    assert await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload)) == published
    with pytest.raises(WrongState):
        await registry.record_validation(validator(by.tenant_id), upload.id, "too late")


async def test_a_failed_version_can_be_uploaded_again(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    first = await make_upload(registry, by, model)
    await registry.complete_upload(by, first.id, SHA256)
    failed = await registry.record_validation(validator(by.tenant_id), first.id, "it is not ONNX")
    assert (failed.state, failed.failure) == (VersionState.FAILED, "it is not ONNX")
    assert await registry.record_validation(validator(by.tenant_id), first.id, "said otherwise") == failed

    second = await make_upload(registry, by, model)
    await registry.complete_upload(by, second.id, SHA256)
    with pytest.raises(WrongState, match="another upload"):
        await registry.record_validation(validator(by.tenant_id), first.id, "late news of the first")
    ready = await registry.record_validation(validator(by.tenant_id), second.id, artifact(second))
    assert (ready.state, ready.failure) == (VersionState.READY, "")


async def test_an_aborted_upload_gives_the_draft_back(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    aborted = await registry.abort_upload(by, upload.id)
    assert aborted.state is UploadState.ABORTED
    assert await registry.abort_upload(by, upload.id) == aborted
    assert (await registry.get_version(by, model.id, "1.0.0")).state is VersionState.DRAFT
    with pytest.raises(WrongState):
        await registry.complete_upload(by, upload.id, SHA256)
    await make_upload(registry, by, model)


async def test_a_version_takes_one_upload_at_a_time(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    with pytest.raises(WrongState, match="uploading"):
        await make_upload(registry, by, model)
    await registry.complete_upload(by, upload.id, SHA256)
    with pytest.raises(WrongState):
        await registry.abort_upload(by, upload.id)


async def test_a_published_version_takes_no_upload(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_published(registry, by, model)
    with pytest.raises(WrongState):
        await make_upload(registry, by, model)


async def test_completing_with_another_digest_than_declared_is_refused(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model, sha256=SHA256)
    for sha256 in ("cd" * 32, "short", ""):
        with pytest.raises(InvalidInput) as error:
            await registry.complete_upload(by, upload.id, sha256)
        assert broken_field(error)[0] == "sha256"
    assert (await registry.complete_upload(by, upload.id, SHA256)).state is UploadState.COMPLETED


async def test_only_the_validator_records_a_validation(registry: Registry) -> None:
    by = person(new_id(), Role.ADMIN)
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    with pytest.raises(PermissionDenied):
        await registry.record_validation(by, upload.id, artifact(upload))
    with pytest.raises(NotFound):
        await registry.record_validation(validator(new_id()), upload.id, artifact(upload))


async def test_uploads_and_versions_go_with_their_model(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    await make_ready(registry, by, model, "2.0.0")
    await registry.delete_model(by, model.id)
    for call in (
        registry.get_upload(by, upload.id),
        registry.complete_upload(by, upload.id, SHA256),
        registry.record_validation(validator(by.tenant_id), upload.id, "gone"),
        registry.get_version(by, model.id, "2.0.0"),
        registry.delete_model(by, model.id),
    ):
        with pytest.raises(NotFound):
            await call


async def test_another_tenants_upload_is_as_absent(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by, is_public=True)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    with pytest.raises(NotFound, match=f"upload not found: {upload.id}"):
        await registry.get_upload(person(), upload.id)
