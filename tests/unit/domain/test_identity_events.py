"""Events of the identity table: their types, what they name, and that no field of theirs has a secret."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from maas.domain.identity.accounts import MEMBERSHIPS_MAX, Client
from maas.domain.identity.actors import Actor
from maas.domain.identity.events import IdentityEventType, Record, event_of
from maas.domain.identity.identity_event import event_about
from maas.domain.identity.observations import access_refused, network_change
from maas.domain.identity.principals import Role
from maas.wire.identity.events import IDENTITY, events_item
from tools.identity_story import ADA as FOUNDER
from tools.identity_story import (
    BY,
    CHANGES,
    EVENTS,
    INVITATION,
    ISSUER,
    KEY,
    ORGANIZATION,
    SECRET,
    SESSION,
    TIME,
    VIEWER,
)

RECORDS: Sequence[Record] = (ORGANIZATION, FOUNDER, SESSION, INVITATION, KEY, ISSUER)
# Fields that an event shows. Everything else of a record is kept from it, whatever is added to the record.
SHOWN: Mapping[str, set[str]] = {
    "Organization": {"id", "name"},
    "User": {"id", "tenant_id", "email", "email_verified", "name", "roles", "disabled", "kind"},
    "Session": {"id", "tenant_id", "user_id", "scopes", "client", "expires_at"},
    "Invitation": {"id", "tenant_id", "email", "mailed", "roles", "invited_by", "expires_at"},
    "ApiKey": {
        "id", "tenant_id", "user_id", "name", "scopes", "models", "networks", "expires_at", "created_by"
    },
    "TrustedIssuer": {
        "id", "tenant_id", "name", "issuer", "audience", "conditions", "service_account_id", "scopes", "models",
        "networks", "lifetime", "disabled",
    },
}  # fmt: skip


def text_of(event: Any) -> str:
    return json.dumps(asdict(event), default=datetime.isoformat)


def test_every_type_has_an_example() -> None:
    assert {event.type for event in EVENTS} >= {*IdentityEventType}
    assert {type(record) for record in RECORDS} == set(get_args(Record))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_no_field_but_the_shown_ones_comes_into_an_event(record: Record) -> None:
    """Also a field that is added later: it has to be shown on purpose."""
    hidden = [field.name for field in fields(record) if field.name not in SHOWN[type(record).__name__]]
    for name in hidden:
        value = getattr(record, name)
        odd = datetime(2001, 2, 3, tzinfo=UTC) if isinstance(value, datetime) else f"hidden {name}"
        marked = replace(record, **{name: odd})  # type: ignore[arg-type]
        for event in (event_of(None, marked, BY, TIME), event_of(record, marked, BY, TIME)):
            assert "hidden" not in text_of(event)
            assert "2001" not in text_of(event)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_no_event_has_a_secret_of_its_records(event: Any) -> None:
    assert SECRET not in text_of(event)


def test_a_new_secret_is_named_and_not_shown() -> None:
    rotated = event_of(KEY, replace(KEY, digest="new", previous_digest=KEY.digest, previous_until=TIME), BY, TIME)
    assert (rotated.type, rotated.changed, rotated.before) == ("KeyRotated", ("secret",), rotated.after)


def test_a_change_names_the_fields_that_differ() -> None:
    changed = replace(VIEWER, roles=frozenset({Role.ADMIN}), disabled=True, sessions_after=TIME)
    event = event_of(VIEWER, changed, BY, TIME)
    assert (event.type, event.changed) == ("UserUpdated", ("roles", "disabled", "sessions"))
    assert event.before is not None
    assert event.after is not None
    assert (event.before["roles"], event.after["roles"]) == (["viewer"], ["admin"])


def test_notes_of_uses_and_refreshes_change_nothing_in_an_event() -> None:
    used = replace(KEY, last_used_at=TIME, last_used_from="192.0.2.1", rotations=("effect",))
    assert event_of(KEY, used, BY, TIME).changed == ()
    assert event_of(SESSION, replace(SESSION, family="f", refreshed_at=TIME), BY, TIME).changed == ()


def test_what_is_not_known_is_null() -> None:
    event = event_of(None, ORGANIZATION, Actor("maas"), TIME)
    assert (event.subject, event.credential, event.address, event.request_id) == ("maas", None, None, None)


def test_an_item_has_all_events_of_its_transaction_and_expires() -> None:
    events = [event_of(before, after, BY, TIME) for before, after in CHANGES[:2]]
    item = events_item(IDENTITY, events)
    assert (item["pk"], item["sk"]) == (f"EVENTS#{ORGANIZATION.id}", f"EVENT#{events[0].id}")
    assert [event["type"] for event in json.loads(item["events"])] == ["OrganizationCreated", "UserCreated"]
    assert item["expires"] == int(TIME.timestamp()) + 7 * 24 * 3600


def test_the_longest_events_fit_the_bus_and_the_item() -> None:
    """EventBridge takes 256 KB, DynamoDB an item of 400 KB; the most events are those of a password."""
    long = "\N{DESERET CAPITAL LETTER LONG I}"
    by = Actor("s" * 64, "c" * 64, "a" * 64, "r" * 128)
    models = {f"{number:036d}": ">=1.0.0 <2.0.0 || " * 8 for number in range(100)}
    key = replace(KEY, name=long * 128, models=models, networks=("2001:db8::/128",) * 20)
    session = replace(SESSION, client=Client("a", long * 512))
    for longest in (event_of(key, replace(key, name="x"), by, TIME), event_of(None, session, by, TIME)):
        assert len(text_of(longest)) < 200 * 1024
    events = [event_about("PasswordChanged", "t" * 36, "u" * 41, by, TIME) for _ in range(MEMBERSHIPS_MAX)]
    assert len(events_item(IDENTITY, events)["events"]) < 200 * 1024


def test_a_refusal_has_no_more_than_a_part_of_a_callers_text() -> None:
    event = access_refused("t", "organization/t", "GET /" + "x" * 10_000, "r" * 10_000, BY, TIME)
    assert len(text_of(event)) < 1_500


@pytest.mark.parametrize(
    ("last", "now", "change"),
    [
        ("", "203.0.113.7", ("", "203.0.113.0/24")),
        ("203.0.113.7", "203.0.113.250", None),
        ("203.0.113.7", "203.0.114.7", ("203.0.113.0/24", "203.0.114.0/24")),
        ("203.0.113.7", "::ffff:203.0.113.9", None),
        ("2001:db8:1:2::3", "2001:db8:1:ffff::1", None),
        ("2001:db8:1:2::3", "2001:db8:2::1", ("2001:db8:1::/48", "2001:db8:2::/48")),
        ("203.0.113.7", "", None),
        ("203.0.113.7", "not an address", None),
    ],
)
def test_a_network_is_new_if_its_wide_prefix_is(last: str, now: str, change: tuple[str, str] | None) -> None:
    assert network_change(replace(KEY, last_used_from=last), now) == change
