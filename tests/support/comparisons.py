"""A model with versions of chosen files, behind the routes that compare them."""

import asyncio
import hashlib
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from maas.domain.catalog.graphs import Graph
from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.identity.principals import validator
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.changelog import ChangelogService
from maas.services.diff import DiffService
from maas.web.routes.changelog import changelog_routes
from maas.web.routes.diff import diff_routes
from maas.web.routes.models import models_routes
from maas.web.routes.versions import versions_routes
from tests.fakes.graph_summaries import FakeGraphStore
from tests.fakes.registry import fake_registry
from tests.support.http_gateway import Gateway, Reply, person
from tests.support.registry_server import artifact, make_upload

OLD = Signature((Tensor("x", "float", (-1, 4)),), (Tensor("y", "int64", (-1,)),))
NEW = Signature((Tensor("x", "float", (-1, 5)),), (Tensor("y", "int64", (-1,)), Tensor("p|q", "float", (-1, 3))))


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.get_event_loop().run_until_complete(work)


class World:
    """The model Iris, its route `path`, and `api`, which calls as a developer of its tenant."""

    def __init__(self) -> None:
        self.registry, self.graphs = fake_registry(), FakeGraphStore()
        routers = (
            models_routes(self.registry),
            versions_routes(self.registry),
            diff_routes(DiffService(self.registry, self.graphs)),
            changelog_routes(ChangelogService(self.registry)),
        )
        self.handler = lambda_handler(create_app(*routers, title="models"))
        self.api = Gateway(self.handler)
        model = self.api("POST", "/api/v1/models", {"name": "Iris", "framework": "onnx"}).json
        self.path = f"/api/v1/models/{model['id']}"

    def draft(self, number: str, **fields: Any) -> None:
        assert self.api("POST", f"{self.path}/versions", {"version": number, **fields}).status == 201

    def published(self, number: str, **fields: Any) -> None:
        self.ready(number, OLD, None, **fields)
        self.publish(number)

    def ready(self, number: str, signature: Signature, graph: Graph | None, **fields: Any) -> None:
        self.draft(number, **fields)
        by = person()
        model = run(self.registry.get_model(by, self.path.split("/")[-1]))
        digest = hashlib.sha256(number.encode()).hexdigest()
        upload = run(make_upload(self.registry, by, model, number, digest))
        run(self.registry.complete_upload(by, upload.id, digest))
        found = replace(artifact(upload), sha256=digest, signature=signature)
        run(self.registry.record_validation(validator(by.tenant_id), upload.id, found))
        if graph:
            self.graphs.write(upload.storage_key, graph)

    def publish(self, number: str) -> None:
        reply = self.api("POST", f"{self.path}/versions/{number}/publish", {"force": True, "reason": "they know"})
        assert reply.status == 200

    def diff(self, old: str = "1.0.0", new: str = "1.1.0", accept: str = "application/json") -> Reply:
        return self.api("GET", f"{self.path}/diff?from={old}&to={new}", headers={"accept": accept})
