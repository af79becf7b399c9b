"""Each error of the domain has a gRPC code, and survives the wire."""

import pytest
from google.rpc import code_pb2
from google.rpc.status_pb2 import Status

from maas.domain.errors import FieldError, MaasError, Rule, WrongState
from maas.domain.quotas import Quota, QuotaExceeded, Usage, exceeded
from maas.wire.errors import CODES, from_status, kinds, to_status

EVERY = sorted(kinds(), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", EVERY)
def test_every_error_has_a_code(kind: type[MaasError]) -> None:
    assert any(base in CODES for base in kind.__mro__)
    assert to_status(kind("x")).code not in (code_pb2.INTERNAL, code_pb2.UNKNOWN, code_pb2.OK)


@pytest.mark.parametrize("kind", EVERY)
def test_an_error_survives_the_wire(kind: type[MaasError]) -> None:
    sent = kind(
        "a sentence", [FieldError("tags[2]", Rule.TAG, "must be a tag"), FieldError("name", Rule.UNIQUE, "is taken")]
    )
    got = from_status(Status.FromString(to_status(sent).SerializeToString()))
    assert type(got) is kind
    assert (got.message, got.fields) == (sent.message, sent.fields)


def test_every_error_has_its_own_reason() -> None:
    assert len({kind.code for kind in EVERY}) == len(EVERY)


def test_a_status_of_another_source_is_not_our_error() -> None:
    assert from_status(Status(code=code_pb2.UNAVAILABLE, message="connection refused")) is None


def test_a_quota_keeps_its_numbers_on_the_wire_under_other_field_names() -> None:
    sent = exceeded(Usage(Quota.STORED_BYTES, 100, 95), 2**40).renamed({"stored_bytes": "size"})
    status = Status.FromString(to_status(sent).SerializeToString())
    got = from_status(status)
    assert isinstance(got, QuotaExceeded)
    assert (got.quota, got.limit, got.use, got.message) == ("stored_bytes", 100, 95, sent.message)
    assert (status.code, got.fields[0].field) == (code_pb2.RESOURCE_EXHAUSTED, "size")


def test_a_wrong_state_keeps_the_upload_that_it_names_on_the_wire() -> None:
    for upload_id in ("u1", ""):
        sent = WrongState.of("state", "version 1.0.0 is uploading", upload_id)
        got = from_status(Status.FromString(to_status(sent).SerializeToString()))
        assert isinstance(got, WrongState)
        assert (got.upload_id, got.message) == (upload_id, sent.message)
