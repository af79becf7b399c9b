"""The state folder: moto's contents are loaded from it, and each change is saved in it before its call is answered.

- So a kill at any point loses nothing that was answered, of all five services. The machine's end neither, as far as
  its disk keeps what it was told to (fsync).
- Only the stack's account and region are saved.
"""

import threading
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from moto.core.exceptions import ServiceException
from moto.dynamodb.models import dynamodb_backends
from moto.events.models import events_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sqs.models import sqs_backends

from local.aws_account import ACCOUNT, REGION
from local.servers.moto.calls import Call
from local.servers.moto.saved import bodies, buckets, noted
from local.servers.moto.saved.events import Buses
from local.servers.moto.saved.objects import Objects
from local.servers.moto.saved.secrets import Secrets
from local.servers.moto.saved.sqs import Queues
from local.servers.moto.saved.tables import Tables
from local.servers.moto.store import Store


class _Service(Protocol):
    name: str

    def load(self, documents: Iterator[tuple[str, Any]]) -> None: ...
    def changes(self, call: Call) -> Mapping[str, str | None]: ...
    def written(self) -> None: ...


class State:
    """The saved services."""

    def __init__(self, store: Store) -> None:
        """Loads the folder into moto. Raises StateError if it is damaged."""
        self._store = store
        self._saving = threading.Lock()
        self._objects = Objects(s3_backends[ACCOUNT]["aws"], bodies.Bodies(store.contents))
        queues = Queues(sqs_backends[ACCOUNT][REGION])
        self._services: dict[str, tuple[_Service, ...]] = {
            "sqs": (queues,),
            "events": (Buses(events_backends[ACCOUNT][REGION]), queues),  # rules send to queues
            "secretsmanager": (Secrets(secretsmanager_backends[ACCOUNT][REGION]),),
            "dynamodb": (Tables(dynamodb_backends[ACCOUNT][REGION], store),),
            "s3": (self._objects,),
        }
        for module in (buckets, bodies, noted):
            module.apply()
        for services in self._services.values():
            self._load(services[0])

    def save(self, call: Call) -> None:
        """Puts what the call changed on disk. Raises sqlite3.Error or OSError if it can't."""
        if call.service == "s3":
            self._objects.prepare()
        services = self._services.get(call.service, ())
        with self._saving:
            found = {(each.name, key): text for each in services for key, text in each.changes(call).items()}
            if found:
                self._store.write(found)
                for each in services:
                    each.written()

    def has_room(self, size: int) -> bool:
        """Returns whether the disk has room for a call of that size."""
        return self._store.has_room(size)

    def _load(self, service: _Service) -> None:
        try:
            service.load(self._store.read(service.name))
        except (AttributeError, KeyError, TypeError, ValueError, ServiceException) as error:
            raise self._store.damaged(f"{service.name}: {type(error).__name__} {error}") from error
