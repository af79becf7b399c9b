"""Kept keys: the first answer is replayed for a day, to the same caller and for the same request."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from maas.domain.errors import InvalidInput
from maas.domain.idempotency import KEPT, SECRET_SHOWN, Answer, InProgress, KeyRecord, KeyReused, parsed_key
from maas.domain.identity.principals import Principal, Role, Scope
from maas.security.sealed_answers import AnswerSealer
from maas.services.idempotency import IdempotencyService, KeyedRequest
from tests.fakes.key_records import FakeKeyRecords
from tests.support.account_world import Clock
from tests.support.signing_keys import keys_of

ADA = Principal("ada", "acme", frozenset({Role.ADMIN}), frozenset(Scope), "session/1")
REQUEST = KeyedRequest(ADA, "POST /api/v1/models", "key-1", b"body")
CREATED = Answer(201, {"etag": '"1"'}, b'{"id":"7","key":"maas_secret"}')
SECONDS = 29


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(clock: Clock) -> IdempotencyService:
    return IdempotencyService(FakeKeyRecords(), AnswerSealer(keys_of("a secret of at least 32 characters")), clock)


def begun(service: IdempotencyService, request: KeyedRequest = REQUEST) -> KeyRecord:
    found = service.begin(request, SECONDS)
    assert isinstance(found, KeyRecord)
    return found


def test_the_first_answer_is_replayed_for_a_day(service: IdempotencyService, clock: Clock) -> None:
    service.keep(begun(service), CREATED)
    clock.now += KEPT - timedelta(seconds=1)
    assert service.begin(REQUEST, SECONDS) == CREATED
    clock.now += timedelta(seconds=1)
    assert isinstance(service.begin(REQUEST, SECONDS), KeyRecord)


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, by=replace(ADA, subject="bob")),
        replace(REQUEST, by=replace(ADA, tenant_id="other")),
        replace(REQUEST, operation="POST /api/v1/models/7/versions"),
        replace(REQUEST, key="key-2"),
    ],
    ids=["subject", "tenant", "operation", "key"],
)
def test_a_key_is_of_one_caller_and_one_operation(service: IdempotencyService, other: KeyedRequest) -> None:
    first = begun(service)
    service.keep(first, CREATED)
    assert begun(service, other).effect_id != first.effect_id


def test_another_content_is_refused_before_and_after_the_answer(service: IdempotencyService) -> None:
    first, other = begun(service), replace(REQUEST, content=b"other")
    with pytest.raises(KeyReused, match="another content"):
        service.begin(other, SECONDS)
    service.keep(first, CREATED)
    with pytest.raises(KeyReused):
        service.begin(other, SECONDS)


def test_a_repeat_waits_for_the_end_of_the_first_attempt(service: IdempotencyService, clock: Clock) -> None:
    first = begun(service)
    clock.now += timedelta(seconds=SECONDS - 1.5)
    with pytest.raises(InProgress) as refused:
        service.begin(REQUEST, SECONDS)
    assert refused.value.seconds == 2
    clock.now += timedelta(seconds=1.5)
    second = begun(service)
    assert (second.effect_id, second.expires_at) == (first.effect_id, first.expires_at)
    assert second.attempt != first.attempt


def test_an_attempt_that_was_taken_over_keeps_no_answer(service: IdempotencyService, clock: Clock) -> None:
    first = begun(service)
    clock.now += timedelta(seconds=SECONDS)
    second = begun(service)
    service.keep(first, Answer(503, {}, b"late"))
    service.forget(first)
    service.keep(second, CREATED)
    assert service.begin(REQUEST, SECONDS) == CREATED


def test_a_reopened_attempt_is_followed_by_one_with_its_effect(service: IdempotencyService) -> None:
    first = begun(service)
    service.reopen(first)
    assert begun(service).effect_id == first.effect_id


def test_a_forgotten_key_takes_another_content(service: IdempotencyService) -> None:
    service.forget(begun(service))
    assert isinstance(service.begin(replace(REQUEST, content=b"mended"), SECONDS), KeyRecord)


def test_a_secret_is_shown_again_for_ten_minutes(service: IdempotencyService, clock: Clock) -> None:
    service.keep(begun(service), CREATED, ("key",))
    clock.now += SECRET_SHOWN - timedelta(seconds=1)
    assert service.begin(REQUEST, SECONDS) == CREATED
    clock.now += timedelta(seconds=1)
    later = service.begin(REQUEST, SECONDS)
    assert isinstance(later, Answer)
    assert (later.status, later.headers) == (CREATED.status, CREATED.headers)
    assert json.loads(later.body) == {"id": "7", "omitted": ["key"]}


def test_a_secret_is_shown_again_to_the_same_credential_alone(service: IdempotencyService) -> None:
    service.keep(begun(service), CREATED, ("key",))
    for credential, shown in (("session/1", True), ("session/2", False), ("key/1", False)):
        again = service.begin(replace(REQUEST, by=replace(ADA, credential=credential)), SECONDS)
        assert isinstance(again, Answer)
        assert (b"maas_secret" in again.body) == shown


def test_an_answer_is_kept_across_rotations_of_an_api_key(service: IdempotencyService) -> None:
    by_key = replace(REQUEST, by=replace(ADA, credential="key/1.aaaa"))
    service.keep(begun(service, by_key), CREATED, ("key",))
    assert service.begin(replace(by_key, by=replace(ADA, credential="key/1.bbbb")), SECONDS) == CREATED


def test_an_answer_that_is_too_large_is_left_to_the_effect(service: IdempotencyService) -> None:
    first = begun(service)
    service.keep(first, replace(CREATED, body=b"x" * 350_001))
    assert begun(service).effect_id == first.effect_id


def test_nothing_of_an_answer_is_stored_in_clear(clock: Clock) -> None:
    records = FakeKeyRecords()
    service = IdempotencyService(records, AnswerSealer(keys_of("a secret of at least 32 characters")), clock)
    service.keep(begun(service), CREATED, ("key",))
    [stored] = records.records.values()
    assert stored.answer
    assert stored.public_answer
    assert b"maas_secret" not in stored.answer + stored.public_answer
    assert "maas_secret" not in repr(stored)


def test_an_answer_whose_keys_are_gone_is_made_again_with_the_same_effect(clock: Clock) -> None:
    records = FakeKeyRecords()
    before = IdempotencyService(records, AnswerSealer(keys_of("a secret of at least 32 characters")), clock)
    first = begun(before)
    before.keep(first, CREATED)
    after = IdempotencyService(records, AnswerSealer(keys_of("another secret of 32 characters at least")), clock)
    assert begun(after).effect_id == first.effect_id


@pytest.mark.parametrize(
    ("text", "key"),
    [("8e03978e-40d5", "8e03978e-40d5"), ('"8e03978e-40d5"', "8e03978e-40d5"), (" a ", "a"), ("~" * 255, "~" * 255)],
)
def test_a_key_is_the_same_with_and_without_quotes(text: str, key: str) -> None:
    assert parsed_key(text) == key


@pytest.mark.parametrize("text", ["", '""', "a" * 256, "a b", "a,b", '"a', 'a"', "a\\b", "ä", "a\x00", "a\n"])
def test_a_malformed_key_names_header_and_rule(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parsed_key(text)
    [field] = refused.value.fields
    assert (field.field, field.rule) == ("idempotency-key", "idempotency_key")
