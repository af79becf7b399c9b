"""Repeated requests: the first answer is kept and replayed (docs/decisions/0053-idempotency-keys.md)."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from maas.domain.clock import now as wall_clock
from maas.domain.errors import Contended
from maas.domain.idempotency import KEPT, SECRET_SHOWN, Answer, InProgress, KeyRecord, KeyReused
from maas.domain.identity.principals import Principal, Scope
from maas.domain.ids import new_id
from maas.services.ports.idempotency import KeyRecords, Sealer

_ATTEMPTS = 5
# Answers of more bytes are not kept: DynamoDB's items have 400 KB at most. Their repeats are answered by the effect.
_LARGEST = 350_000


class Registry(Protocol):
    """The part of the registry that tells of rights. Its records are not needed, so auth does not load them."""

    async def get_model(self, by: Principal, model_id: str, right: Scope = Scope.MODELS_READ) -> object: ...

    async def usage(self, by: Principal) -> object: ...


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with a key. `operation` is its method and path, and `content` all else that it asks for."""

    by: Principal
    operation: str
    key: str
    content: bytes

    @property
    def id(self) -> str:
        """A digest of caller, operation and key. A person keeps it through new sessions and rotated API keys."""
        parts = (self.by.tenant_id, self.by.subject, self.operation, self.key)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @property
    def credential(self) -> str:
        """The session or API key, in any of its rotations."""
        return self.by.credential.partition(".")[0]


class IdempotencyService:
    def __init__(self, records: KeyRecords, sealer: Sealer, clock: Callable[[], datetime] = wall_clock) -> None:
        self._records = records
        self._sealer = sealer
        self._clock = clock

    def begin(self, request: KeyedRequest, seconds: float) -> KeyRecord | Answer:
        """The record of an attempt that may last for so many seconds, or the answer that an earlier one has got.

        Raises:
            KeyReused: the key belongs to a request with another content.
            InProgress: another attempt is under way.
            Unavailable: keys can't be read, or others were faster each time.
        """
        for _ in range(_ATTEMPTS):
            now = self._clock()
            mine = _begun(request, now, seconds)
            found = self._records.add(mine, now)
            if found is None:
                return mine
            if found.fingerprint != mine.fingerprint:
                raise KeyReused.refused()
            answer = self._answer(found, request, now)
            if answer:
                return answer
            if found.answer is None and now < found.locked_until:
                raise InProgress.ends_in(found.locked_until - now)
            taken = replace(mine, effect_id=found.effect_id, credential=found.credential, expires_at=found.expires_at)
            if self._records.replace(found, taken):
                return taken
        raise Contended("other requests with the same key were faster; try again")

    def keep(self, record: KeyRecord, answer: Answer, secrets: Collection[str] = ()) -> None:
        """Keeps the answer. Of its JSON members `secrets` are shown again only for SECRET_SHOWN."""
        if len(answer.body) > _LARGEST:
            return self.reopen(record)
        kept = replace(record, answer=self._sealed(record, answer))
        if secrets and answer.status < 300:
            public = self._sealed(record, _without(answer, secrets))
            kept = replace(kept, public_answer=public, secret_until=self._clock() + SECRET_SHOWN)
        self._records.replace(record, kept)
        return None

    def reopen(self, record: KeyRecord) -> None:
        """Ends the attempt without an answer. It may have had its effect, which the next one takes over."""
        self._records.replace(record, replace(record, locked_until=self._clock()))

    def forget(self, record: KeyRecord) -> None:
        """Ends an attempt that had no effect."""
        self._records.remove(record)

    def _answer(self, found: KeyRecord, request: KeyedRequest, now: datetime) -> Answer | None:
        """The kept answer; None if there is none, or its key is gone after rotations."""
        sealed = found.answer
        if found.secret_until is not None and (now >= found.secret_until or found.credential != request.credential):
            sealed = found.public_answer
        packed = self._sealer.unseal(found.id, sealed) if sealed else None
        return _unpacked(packed) if packed else None

    def _sealed(self, record: KeyRecord, answer: Answer) -> bytes:
        head = json.dumps({"status": answer.status, "headers": dict(answer.headers)})
        return self._sealer.seal(record.id, f"{head}\n".encode() + answer.body)


def allowed_by(registry: Registry) -> Callable[[Principal, Scope, str], Awaitable[object]]:
    """A check that the registry still lets a caller do something to a model, or lets it in if there is no model."""

    async def check(by: Principal, scope: Scope, model_id: str) -> object:
        if model_id:
            return await registry.get_model(by, model_id, scope)
        return await registry.usage(by)

    return check


async def allowed_in_tenant(by: Principal, scope: Scope, _model_id: str) -> None:
    """A check of a caller whose rights were looked up with the request."""
    by.require_in_tenant(scope)


def _begun(request: KeyedRequest, now: datetime, seconds: float) -> KeyRecord:
    return KeyRecord(
        id=request.id,
        fingerprint=hashlib.sha256(request.content).hexdigest(),
        effect_id=new_id(),
        attempt=new_id(),
        credential=request.credential,
        locked_until=now + timedelta(seconds=seconds),
        expires_at=now + KEPT,
    )


def _unpacked(packed: bytes) -> Answer:
    head, _, body = packed.partition(b"\n")
    return Answer(**json.loads(head), body=body)


def _without(answer: Answer, secrets: Collection[str]) -> Answer:
    """The answer without its secrets, whose names are in `omitted` instead."""
    members = json.loads(answer.body)
    omitted = sorted(name for name in secrets if members.get(name) is not None)
    shown = {name: value for name, value in members.items() if name not in omitted}
    text = json.dumps({**shown, "omitted": omitted}, ensure_ascii=False, separators=(",", ":"))
    return replace(answer, body=text.encode())
