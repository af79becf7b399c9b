"""The objects of the table in memory, behind the routes of all functions and behind the registry's server."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.capturing.captures import Capture
from maas.domain.catalog.models import Model, ModelChange
from maas.domain.identity.grants import WantedGrant
from maas.domain.identity.principals import Principal
from maas.domain.identity.standing import holders_of
from maas.domain.ids import new_id
from maas.domain.jobs.jobs import Priority
from maas.domain.rollouts.rollouts import NewRollout
from maas.domain.uploads.sessions import SINGLE_MAX
from maas.security.cursors import Cursors
from maas.services.accounts import AccountService
from maas.services.jobs import JobService, WantedJob
from maas.services.questions import Question
from maas.services.uploads import NewUpload, UploadService
from tests.fakes.graph_summaries import FakeGraphStore
from tests.fakes.identity import FakePasswords
from tests.fakes.inference import LARGER_COLUMN
from tests.fakes.jobs import FakeJobQueue, FakeJobs
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.fakes.validation_queue import FakeValidationQueue
from tests.integration.rights.people import People, full
from tests.support.aliases import move_alias
from tests.support.registry_server import KEYS, make_draft, make_model, make_ready, set_start
from tests.support.upload_services import upload_service

CONTENT = b"twelve bytes"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class World:
    """`ids` has the id of each object, by the table's kind and column; `models` has the models by id."""

    people: People = field(default_factory=People)
    repository: MemoryRepository = field(default_factory=MemoryRepository)
    objects: FakeObjectStore = field(default_factory=FakeObjectStore)
    graphs: FakeGraphStore = field(default_factory=FakeGraphStore)
    queue: FakeValidationQueue = field(default_factory=FakeValidationQueue)
    jobs: FakeJobs = field(default_factory=FakeJobs)
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    spare: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.registry = FakeRegistry(self.repository)
        self.cursors = Cursors(KEYS)
        self._uploads: dict[str, str] = {}
        self._sets: dict[str, str] = {}
        self.tokens = SignedAccessTokens(KEYS)
        self.accounts = AccountService(self.people.identities, FakePasswords(), self.tokens)

    async def current(self, by: Principal) -> Principal:
        """The caller with its rights and its grants, as the registry looks it up."""
        return replace(self.accounts.current(by), grants=await self.repository.granted(holders_of(by)))

    async def fill(self) -> None:
        """Makes the models, their versions, uploads and grants, then the keys for some of them."""
        users, home = self.people.users, self.people.home
        models = {"own": await self._model(full(users["developer"]))}
        for column, role in (("viewed", "viewer"), ("invoked", "invoker"), ("developed", "developer"), ("others", "")):
            models[column] = await self._model(full(self.people.sharer))
            if role:
                await self._grant(full(self.people.sharer), models[column], home, "organization", role)
        models["open"] = await self._model(full(self.people.sharer))
        await self.registry.update_model(full(self.people.sharer), models["open"].id, ModelChange(is_public=True))
        for role in ("viewer", "invoker", "developer"):
            await self._grant(full(users["admin"]), models["own"], users[f"member_{role}"].id, "user", role)
        self.ids["model"] = {column: model.id for column, model in models.items()}
        self.ids["guest"] = {"own": models["viewed"].id, "others": models["others"].id}
        self.ids["set"] = {column: self._sets[model.id] for column, model in models.items()}
        self.ids["upload"] = {column: self._uploads[model.id] for column, model in models.items()}
        await self._keys(models["own"])
        self.ids["user"] = {"own": users["colleague"].id, "others": self.people.sharer.id}
        self.ids |= {
            "invitation": self.people.invitations,
            "account": self.people.accounts,
            "issuer": self.people.issuers,
            "webhook": self.people.webhooks,
        }
        self.ids["job"] = {
            "own": await self._job(full(users["developer"]), models["own"]),
            "others": await self._job(full(self.people.sharer), models["others"]),
        }
        self.ids["session"] = {"own": self.people.session("admin"), "others": self.people.session("sharer")}
        for ids in self.ids.values():
            ids["absent"] = new_id()
        self.ids["key"]["absent"] = self.ids["key"]["own"][::-1]

    async def _keys(self, own: Model) -> None:
        users, people = self.people.users, self.people
        developer, past = users["developer"], datetime.now(UTC) - timedelta(seconds=1)
        people.key("expired_key", developer, expires_at=past)
        people.identities.keys.pop(people.key("revoked_key", developer))
        people.key("narrowed_key", developer, {own.id: ""})
        people.key("ranged_key", developer, {own.id: ">=2.0.0"})
        people.key("granted_key", developer, {self.ids["model"]["developed"]: ""})
        key = people.key("member_key", users["member"])
        await self._grant(full(users["admin"]), own, key, "key", "viewer")
        self.ids["key"] = {
            "own": people.key("spare key", developer),
            "others": people.key("another organization's key", people.sharer),
        }

    async def _model(self, by: Principal) -> Model:
        """A model with versions in every state, an alias that was moved, a rollout, an open upload and a grant."""
        model = await make_model(self.registry, by, f"model {new_id()}", tags=("demo",))
        self.models[model.id] = model
        for number in ("0.9.0", "1.0.0", "1.1.0", "1.2.0"):
            await make_ready(self.registry, by, model, number, LARGER_COLUMN)
            if number != "1.2.0":
                await self.registry.publish_version(by, model.id, number)
            if number in ("1.0.0", "1.1.0"):
                await move_alias(self.registry, by, model, number)
        await move_alias(self.registry, by, model, "1.1.0", "rolling")
        await self.registry.start_rollout(by, model.id, NewRollout(alias="rolling", candidate="0.9.0"))
        await self.registry.set_capture(by, model.id, Capture(percent=1))
        for number in ("1.3.0", "1.4.0"):
            await make_draft(self.registry, by, model, number)
        new = NewUpload(version="1.4.0", filename="m.onnx", size=len(CONTENT), sha256=DIGEST)
        started = await self.uploads(self.registry).start(by, model.id, new)
        upload, [part] = started.upload, started.urls
        assert self.objects.put(part.url, CONTENT, part.headers) == 200
        self._uploads[model.id] = upload.id
        await make_draft(self.registry, by, model, "1.5.0")
        of_set = await self.registry.start_upload(by, set_start(model, {"m.onnx": 5, "b": 2 * SINGLE_MAX}, "1.5.0"))
        self._sets[model.id] = of_set.id
        await self._grant(by, model, self.spare, "organization", "viewer")
        return model

    def named(self, model_id: str, actor: str) -> str:
        """The model by its name, as this actor writes it; by a name that no model has if there is none."""
        model, by = self.models.get(model_id), self.people.actors[actor]
        if model and by and by.tenant_id == model.tenant_id:
            return model.name
        return f"{self.people.sharer.tenant_id if model is None else model.tenant_id}/{model.name if model else 'none'}"

    def job_service(self, registry: Any) -> JobService:
        return JobService(registry, self.jobs, FakeJobQueue(), self.objects, self.cursors)

    async def _job(self, by: Principal, model: Model) -> str:
        question = Question(model_id=model.id, version="1.0.0", features=[[1, 2]], timeout=1)
        wanted = WantedJob(question=question, body=b"{}", file=None, priority=Priority.NORMAL, expires_in=86_400)
        return (await self.job_service(self.registry).submit(by, wanted)).job.id

    def uploads(self, registry: Any) -> UploadService:
        return upload_service(registry, self.objects, self.queue, 1000)

    async def _grant(self, by: Principal, model: Model, subject: str, kind: str, role: str) -> None:
        await self.registry.set_grant(by, model.id, WantedGrant(subject, kind, role))
