"""A system of AWS that takes connections and never answers is Unavailable for every call, within a request's time."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.paths import ROOT
from local.template import intrinsics
from maas.adapters.aws import call_time
from maas.adapters.aws.artifact_download import ArtifactDownload
from maas.adapters.aws.event_bus import EventBridgeBus
from maas.adapters.aws.graph_summaries import S3GraphStore
from maas.adapters.aws.identity.accounts import DynamoIdentities
from maas.adapters.aws.identity.table import IdentityTable
from maas.adapters.aws.object_store import S3ObjectStore
from maas.adapters.aws.removal_queue import SqsRemovalQueue
from maas.adapters.aws.validation_queue import SqsValidationQueue
from maas.domain.catalog.graphs import Graph
from maas.domain.catalog.versions import Signature
from maas.domain.errors import Unavailable
from maas.domain.events import OutgoingEvent
from maas.domain.identity.accounts import Session
from maas.domain.removals import Removal
from maas.domain.uploads.stored_parts import StoredPart
from maas.platform import deadline, trace
from maas.platform.request_context import CURRENT, RequestContext
from maas.services.validation import FETCH_SECONDS
from tests.fakes.inference import artifact_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PART = StoredPart(1, 5, "etag", "")
GRAPH = Graph({}, (), (), 0, 0)
SESSION = Session(id="s", tenant_id="t", user_id="u", scopes=frozenset(), expires_at=NOW, digest="d")
EVENT = OutgoingEvent("1", "m", "maas.registry", "t", NOW.isoformat(), "{}")
REMOVAL = Removal(tenant_id="t", model_id="m", since=0)
PAUSE_MAX = 1.0  # botocore's, before the second attempt

Call = Callable[[str], Any]
CALLS: dict[str, Call] = {
    "start of an upload": lambda to: S3ObjectStore("b", to).begin("key", checksums=False),
    "state of an upload": lambda to: S3ObjectStore("b", to).is_open("key", "id"),
    "parts": lambda to: S3ObjectStore("b", to).parts("key", "id"),
    "finish": lambda to: S3ObjectStore("b", to).finish("key", "id", [PART]),
    "abort": lambda to: S3ObjectStore("b", to).abort("key", "id"),
    "size": lambda to: S3ObjectStore("b", to).size("key"),
    "remove": lambda to: S3ObjectStore("b", to).remove("key"),
    "keys": lambda to: S3ObjectStore("b", to).keys("models/", "", 100),
    "uploads under way": lambda to: S3ObjectStore("b", to).begun("models/", 100),
    "graph's write": lambda to: S3GraphStore("b", to).write("key", GRAPH),
    "graph's read": lambda to: S3GraphStore("b", to).read("key"),
    "queue": lambda to: SqsValidationQueue(f"{to}/1/queue", to).send("upload", "tenant"),
    "removal queue": lambda to: SqsRemovalQueue(f"{to}/1/queue", to).send(REMOVAL),
    "user": lambda to: DynamoIdentities(IdentityTable("table", to)).user("t", "u"),
    "credentials": lambda to: DynamoIdentities(IdentityTable("table", to)).credentials("ada@example.com"),
    "begin": lambda to: DynamoIdentities(IdentityTable("table", to)).begin(SESSION),
    "rotate": lambda to: DynamoIdentities(IdentityTable("table", to)).rotate("s", "a", "b", NOW),
    "end": lambda to: DynamoIdentities(IdentityTable("table", to)).end(SESSION),
}


@pytest.fixture
def hanging(credentials: None) -> Iterator[str]:
    """The address of a server whose kernel takes connections, as that of a stopped process does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_time, "READ_TIMEOUT", 0.1)
    monkeypatch.setattr(call_time, "ATTEMPTS", 1)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", [*CALLS, "event bus", "download", "artifact"])
def test_a_call_that_gets_no_answer_is_unavailable(name: str, hanging: str, tmp_path: Path) -> None:
    others: dict[str, Call] = {
        "event bus": lambda to: EventBridgeBus("bus", to).put([EVENT]),
        "download": lambda to: S3ObjectStore("b", to).fetch("key", str(tmp_path / "file")),
        "artifact": lambda to: ArtifactDownload("b", to)(artifact_of(b"file", Signature((), ())), tmp_path / "file"),
    }
    with pytest.raises(Unavailable):
        (CALLS | others)[name](hanging)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_may_outlast_its_request_is_not_begun(name: str, hanging: str) -> None:
    started = time.monotonic()
    CURRENT.set(RequestContext(trace.continued(""), deadline=deadline.after(call_time.CALL_MAX)))
    try:
        with pytest.raises(Unavailable):
            CALLS[name](hanging)
    finally:
        CURRENT.set(None)
    assert time.monotonic() - started < call_time.READ_TIMEOUT


def test_all_attempts_end_within_the_longest_call() -> None:
    attempts = call_time.ATTEMPTS * (call_time.CONNECT_TIMEOUT + call_time.READ_TIMEOUT)
    assert attempts + (call_time.ATTEMPTS - 1) * PAUSE_MAX <= call_time.CALL_MAX


def test_two_of_the_longest_calls_fit_into_every_function_that_makes_them() -> None:
    template: Any = intrinsics.load(ROOT / "template.yaml")
    seconds = template["Globals"]["Function"]["Timeout"]
    assert seconds - deadline.MARGIN >= 2 * call_time.CALL_MAX
    assert FETCH_SECONDS > call_time.CALL_MAX
