"""Sets of files over HTTP: their start in one of two forms, their list and their downloads."""

import asyncio
import hashlib
from typing import Any

import pytest

from maas.domain.catalog.versions import Artifact
from maas.domain.identity.principals import validator
from maas.domain.uploads.files import FILES_MAX, DeclaredFile
from maas.domain.uploads.manifest import manifest_digest
from maas.domain.uploads.version_files import Finding
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.downloads import DownloadService
from maas.web.routes.files import files_routes
from maas.web.routes.models import models_routes
from maas.web.routes.uploads import uploads_routes
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.validation_queue import FakeValidationQueue
from tests.support.http_gateway import Gateway, first_error, person
from tests.support.registry_server import SIGNATURE
from tests.support.upload_services import upload_service

ADA = person()
CONTENTS = {"model.onnx": b"abc", "docs/README.md": b"# Iris\n", "empty": b""}


def declared(path: str, content: bytes) -> dict[str, Any]:
    return {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


FILES = [
    declared(path, content) | ({"main": True} if path == "model.onnx" else {}) for path, content in CONTENTS.items()
]


class World:
    """The routes over fakes, and a model with a draft 1.0.0."""

    def __init__(self) -> None:
        self.registry: FakeRegistry = fake_registry()
        self.objects = FakeObjectStore()
        uploads = upload_service(self.registry, self.objects, FakeValidationQueue(), max_bytes=1000)
        downloads = DownloadService(self.registry, self.objects)
        routes = (uploads_routes(uploads, downloads), files_routes(downloads), models_routes(self.registry))
        self.api = Gateway(lambda_handler(create_app(*routes, title="uploads")))
        model = self.api("POST", "/api/v1/models", {"name": "Iris", "framework": "onnx", "version": "1.0.0"}).json
        self.model = f"/api/v1/models/{model['id']}"

    def start(self, files: Any = FILES, **others: Any) -> Any:
        return self.api("POST", f"{self.model}/upload", {"version": "1.0.0", "files": files, **others})

    def ready(self) -> str:
        started = self.start().json
        for part in started["urls"]:
            assert self.objects.put(part["url"], CONTENTS[part["path"]], part["headers"]) == 200
        route = f"/api/v1/uploads/{started['upload_id']}"
        status = self.api("GET", route).json
        assert [file["state"] for file in status["files"]] == ["stored"] * 3
        assert self.api("POST", f"{route}/complete").status == 202
        loop = asyncio.new_event_loop()  # asyncio.run would take the gateway's own loop away
        loop.run_until_complete(self._record(started["upload_id"]))
        loop.close()
        return str(started["manifest_digest"])

    async def _record(self, upload_id: str) -> None:
        """Records what the validator finds."""
        upload = await self.registry.get_upload(ADA, upload_id)
        found = Artifact(storage_key=upload.storage_key, size=3, sha256=upload.sha256, signature=SIGNATURE)
        findings = [Finding("docs/README.md", "markdown", {"lines": 1}), Finding("empty", "empty", {})]
        await self.registry.record_validation(validator(ADA.tenant_id), upload.id, found, findings)


@pytest.fixture
def world() -> World:
    return World()


def test_the_start_of_a_set_has_its_files_and_urls(world: World) -> None:
    reply = world.start()
    assert reply.status == 201
    files = [DeclaredFile(**{"main": False, **file}) for file in FILES]
    expected = {"filename": "model.onnx", "size": 3, "file_count": 3, "total_size": 10, "state": "open"}
    assert reply.json.items() >= (expected | {"manifest_digest": manifest_digest(files)}).items()
    assert [(file["path"], file["state"], file["part_count"]) for file in reply.json["files"]] == [
        ("docs/README.md", "missing", 1),
        ("empty", "missing", 1),
        ("model.onnx", "missing", 1),
    ]
    assert [url["path"] for url in reply.json["urls"]] == ["docs/README.md", "empty", "model.onnx"]


@pytest.mark.parametrize(
    ("files", "others", "expected"),
    [
        (FILES, {"filename": "m.onnx"}, (422, "filename", "exclusive")),
        (FILES, {"size": 3}, (422, "size", "exclusive")),
        (FILES, {"part_size": 5242880}, (422, "part_size", "exclusive")),
        ([], {}, (422, "files", "min_items")),
        ([declared("../x", b"")], {}, (422, "files[0].path", "path")),
        ([{"path": "a", "size": 1}], {}, (422, "files[0].sha256", "required")),
        ([declared("a", b"x") | {"main": "yes"}], {}, (422, "files[0].main", "type")),
        ([declared("a", b"x") | {"mode": 7}], {}, (422, "files[0].mode", "unknown")),
        ([declared("a", b"")], {}, (422, "files[0].size", "range")),
        ([declared("a", b"x")] * 2, {}, (422, "files[1].path", "repeated")),
        ([declared("a", b"x")] * (FILES_MAX + 1), {}, (422, "files", "max_items")),
        ("model.onnx", {}, (422, "files", "type")),
    ],
)
def test_a_bad_set_is_refused_by_name(world: World, files: Any, others: Any, expected: tuple[int, str, str]) -> None:
    assert first_error(world.start(files, **others)) == expected


def test_a_start_without_a_file_names_what_is_missing(world: World) -> None:
    for body, field in (({}, "filename"), ({"filename": "m.onnx"}, "size")):
        reply = world.api("POST", f"{world.model}/upload", {"version": "1.0.0", **body})
        assert first_error(reply) == (422, field, "required")


def test_the_files_of_a_version_are_listed_and_downloaded(world: World) -> None:
    assert first_error(world.api("GET", f"{world.model}/versions/1.0.0/files")) == (409, "state", "state")
    digest = world.ready()
    listed = world.api("GET", f"{world.model}/versions/1.0.0/files")
    assert (listed.json["digest"], listed.json["total_size"]) == (digest, 10)
    assert [(file["path"], file["format"], file["details"], file["main"]) for file in listed.json["files"]] == [
        ("docs/README.md", "markdown", {"lines": 1}, False),
        ("empty", "empty", {}, False),
        ("model.onnx", "onnx", {}, True),
    ]
    all_files = world.api("GET", f"{world.model}/versions/1.0.0/downloads").json
    assert {file["path"]: world.objects.get(file["url"]) for file in all_files["files"]} == CONTENTS
    assert all_files["digest"] == digest


def test_one_file_is_downloaded_by_its_path(world: World) -> None:
    world.ready()
    route = f"{world.model}/versions/1.0.0/download"
    found = world.api("GET", f"{route}?path=docs/README.md").json
    assert (found["filename"], world.objects.get(found["url"])) == ("README.md", b"# Iris\n")
    assert world.objects.get(world.api("GET", route).json["url"]) == b"abc"
    assert first_error(world.api("GET", f"{route}?path=absent")) == (404, "path", "exists")


def test_an_unchanged_list_is_not_sent_again(world: World) -> None:
    digest = world.ready()
    reply = world.api("GET", f"{world.model}/versions/1.0.0/files", headers={"if-none-match": f'"{digest}"'})
    assert (reply.status, reply.headers["etag"]) == (304, f'"{digest}"')
