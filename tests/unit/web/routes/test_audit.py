"""The routes of the audit log, on a log in memory."""

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from maas.adapters.signed_heads import TYPE, SignedHeads
from maas.domain.audit.events import AuditEvent
from maas.domain.identity.principals import Principal, Role, Scope, scopes_of
from maas.domain.ids import new_id
from maas.entrypoints.http import create_app, lambda_handler
from maas.security.cursors import Cursors
from maas.security.tokens import ACCESS, verify
from maas.services.audit_reading import AuditReader
from maas.services.auditing import AuditService
from maas.web.routes.audit import audit_routes
from tests.fakes.audit import FakeAuditIndex, FakeAuditObjects
from tests.support.audit_logs import BEGIN, event
from tests.support.http_gateway import Gateway, Reply, first_error
from tests.support.signing_keys import keys_of

AUDIT = "/api/v1/audit"
ORGANIZATION, OTHER = new_id(), new_id()
KEYS = keys_of("s" * 64)


@dataclass
class Api:
    """The routes, called by an admin of ORGANIZATION; `events` are those of its log, the oldest first."""

    handler: Any
    service: AuditService
    events: list[AuditEvent]

    def __call__(self, target: str, *roles: Role, organization: str = ORGANIZATION, scopes: Any = None) -> Reply:
        given = frozenset(roles or (Role.ADMIN,))
        by = Principal("ada", organization, given, scopes_of(given) if scopes is None else scopes)
        return Gateway(self.handler, by)("GET", target)


@pytest.fixture
def api() -> Api:
    objects, index = FakeAuditObjects(), FakeAuditIndex()
    service = AuditService(objects, index, 30, lambda: BEGIN + timedelta(hours=1))
    events = [event(ORGANIZATION, number, subject="ada" if number % 2 else "bob") for number in range(5)]
    service.append(ORGANIZATION, events[:3])
    service.append(ORGANIZATION, events[3:])
    service.append(OTHER, [event(OTHER)])
    reader = AuditReader(index, objects, SignedHeads(KEYS), Cursors(KEYS, rereads=True))
    app = create_app(audit_routes(reader), title="auth", public=frozenset())
    return Api(lambda_handler(app), service, events)


def _ids(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.text
    return [item["id"] for item in reply.json["items"]]


def test_records_are_listed_the_newest_first_in_pages(api: Api) -> None:
    newest = [each.id for each in reversed(api.events)]
    first = api(f"{AUDIT}?limit=2")
    assert _ids(first) == newest[:2]
    assert "next" in first.headers["link"]
    second = api(f"{AUDIT}?limit=3&cursor={first.json['next_cursor']}")
    assert (_ids(second), second.json["next_cursor"]) == (newest[2:], None)


def test_a_record_has_all_fields_that_its_hash_is_over(api: Api) -> None:
    (record,) = api(f"{AUDIT}?limit=1").json["items"]
    assert list(record) == [
        *("organization", "sequence", "id", "time", "recorded_at", "actor", "action", "object", "changed"),
        *("before", "after", "previous", "hash"),
    ]
    assert record["actor"] == {"subject": "bob", "credential": None, "address": None, "request_id": None}
    assert (record["sequence"], record["before"]) == (5, {"name": "é4"})


def test_filters_add_up(api: Api) -> None:
    assert _ids(api(f"{AUDIT}?actor=ada&action=ModelUpdated")) == [api.events[3].id, api.events[1].id]
    assert _ids(api(f"{AUDIT}?actor=ada&from={api.events[2].time}")) == [api.events[3].id]
    assert _ids(api(f"{AUDIT}?object={api.events[1].object}")) == [api.events[1].id]
    assert _ids(api(f"{AUDIT}?object={api.events[1].object}&actor=bob")) == []


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("from=yesterday", ("from", "rfc3339")),
        ("to=2026-11-29", ("to", "rfc3339")),
        ("from=2026-11-29T09:00:00Z&to=2026-11-29T08:00:00Z", ("from", "order")),
        ("actor=" + "x" * 600, ("actor", "max_length")),
        ("actor=" + "%F0%9F%98%80" * 200, ("actor", "max_length")),
        ("object=user/" + "%F0%9F%98%80" * 200, ("object", "invalid")),
        ("action=Model%20Created", ("action", "enum")),
        ("action=modelCreated", ("action", "enum")),
        ("action=Nope", ("action", "enum")),
        ("object=model", ("object", "invalid")),
        ("object=model/" + "x" * 600, ("object", "invalid")),
        ("limit=0", ("limit", "range")),
        ("cursor=x", ("cursor", "cursor")),
        ("before=x", ("before", "unknown")),
    ],
)
def test_a_wrong_filter_is_named(api: Api, query: str, error: tuple[str, str]) -> None:
    assert first_error(api(f"{AUDIT}?{query}")) == (422, *error)


def test_a_cursor_is_for_one_filter_list_and_caller(api: Api) -> None:
    cursor = api(f"{AUDIT}?limit=1").json["next_cursor"]
    for target in (f"{AUDIT}?actor=ada&cursor={cursor}", f"{AUDIT}/export?cursor={cursor}"):
        assert first_error(api(target)) == (422, "cursor", "cursor")
    assert first_error(api(f"{AUDIT}?cursor={cursor}", organization=OTHER)) == (422, "cursor", "cursor")


def test_an_organization_sees_its_own_log_alone(api: Api) -> None:
    assert [item["organization"] for item in api(AUDIT, organization=OTHER).json["items"]] == [OTHER]
    assert [item["first"] for item in api(f"{AUDIT}/export", organization=OTHER).json["items"]] == [1]
    assert api(f"{AUDIT}/head", organization=OTHER).json["sequence"] == 1
    assert api(f"{AUDIT}?object={api.events[1].object}", organization=OTHER).json["items"] == []


@pytest.mark.parametrize("path", ["", "/export", "/head"])
def test_the_log_is_for_admins_and_credentials_with_the_scope(api: Api, path: str) -> None:
    assert api(f"{AUDIT}{path}", Role.DEVELOPER, scopes=frozenset(Scope)).status == 403
    assert api(f"{AUDIT}{path}", scopes=frozenset({Scope.USERS_ADMIN})).status == 403
    assert api(f"{AUDIT}{path}", scopes=frozenset({Scope.AUDIT_READ})).status == 200


def test_the_export_lists_files_with_urls_that_no_cache_stores(api: Api) -> None:
    reply = api(f"{AUDIT}/export")
    assert reply.headers["cache-control"] == "no-store"
    assert [(item["first"], item["last"]) for item in reply.json["items"]] == [(1, 3), (4, 5)]
    assert reply.json["items"][1]["url"].endswith(f"{ORGANIZATION}/000000000004.jsonl?seconds=900")
    assert api(f"{AUDIT}/export?from=2027-01-01T00:00:00Z").json["items"] == []


def test_the_head_is_signed_with_a_published_key(api: Api) -> None:
    head = api(f"{AUDIT}/head").json
    signed, _, signature = head.pop("signature").rpartition(".")
    jwk = KEYS.signing_key().jwk()
    Ed25519PublicKey.from_public_bytes(_decoded(jwk["x"])).verify(_decoded(signature), signed.encode())
    header, payload = (json.loads(_decoded(part)) for part in signed.split("."))
    assert header == {"alg": "EdDSA", "kid": jwk["kid"], "typ": TYPE}
    payload.pop("iat")
    assert payload == head
    assert head["sequence"] == 5


def test_a_signed_head_is_no_access_token(api: Api) -> None:
    signature = api(f"{AUDIT}/head").json["signature"]
    with pytest.raises(Exception, match="not valid"):
        verify([KEYS.signing_key()], ACCESS, signature)


def test_an_empty_log_has_a_head_without_a_time(api: Api) -> None:
    head = api(f"{AUDIT}/head", organization=new_id()).json
    assert (head["sequence"], head["hash"], head["recorded_at"]) == (0, "0" * 64, None)


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
