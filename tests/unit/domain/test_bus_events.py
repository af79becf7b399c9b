"""Events on the bus: whatever an organization writes, none of them stops the events behind it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from maas.domain.events import DETAIL_MAX, detail_of
from maas.domain.identity.actors import Actor
from maas.domain.identity.conditions import CLAIMS_MAX, VALUE_MAX, VALUES_TEXT_MAX
from maas.domain.identity.events import event_of
from maas.domain.identity.issuer_terms import IssuerTerms
from maas.domain.identity.key_terms import MODELS_MAX
from maas.domain.identity.trusted_issuers import TrustedIssuer
from maas.domain.ids import new_id
from maas.wire.identity.events import IDENTITY, events_item

AT = datetime(2026, 11, 29, tzinfo=UTC)
TRUSTED = TrustedIssuer(
    id=new_id(),
    tenant_id=new_id(),
    name="ci",
    issuer="",
    audience="",
    service_account_id=new_id(),
    scopes=frozenset(),
    created_by=new_id(),
    created_at=AT,
)
ITEM_MAX = 400 * 1024  # DynamoDB's


def largest() -> TrustedIssuer:
    """A trusted issuer with as much text as its rules allow, in the characters that need the most bytes."""
    values = [f"{n:02}" + "\U0001f600" * (VALUE_MAX - 2) for n in range(VALUES_TEXT_MAX // VALUE_MAX)]
    claims = {f"{n}" * 128: ["x"] for n in range(CLAIMS_MAX - 1)}
    terms = IssuerTerms(
        name="n" * 128,
        issuer="https://ci.example/" + "p" * 1900,
        audience="a" * 256,
        conditions={"sub": [*values[:-1], values[-1][: -len(claims)]], **claims},
        models={new_id(): "||".join(["1.2.3"] * 16) for _ in range(MODELS_MAX)},
        networks=[f"2001:db8:{n:x}::/48" for n in range(20)],
    )
    return terms.applied(TRUSTED, loopback=False)


def test_the_largest_issuers_change_fits_item_and_bus() -> None:
    before = largest()
    event = event_of(before, replace(before, name="other"), Actor("ada"), AT)
    item = events_item(IDENTITY, [event])
    assert len(item["events"]) < ITEM_MAX
    stored = json.loads(item["events"])[0]
    assert json.loads(detail_of(stored)) == stored


def test_an_event_too_large_for_the_bus_leaves_its_summaries_out() -> None:
    event = {"id": new_id(), "changed": ["conditions"], "before": {"text": "é" * DETAIL_MAX}, "after": {"text": "a"}}
    assert json.loads(detail_of(event)) == {**event, "before": None, "after": None}


def test_an_event_that_just_fits_is_published_whole() -> None:
    empty = {"before": {"text": ""}, "after": None}
    event = {"before": {"text": "a" * (DETAIL_MAX - len(detail_of(empty)))}, "after": None}
    assert len(detail_of(event)) == DETAIL_MAX
    assert json.loads(detail_of(event)) == event
