"""Challenges and proofs of possession: whoever has the file passes, and nobody else."""

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas.domain.uploads.possession import (
    RANGE_BYTES,
    RANGES,
    WHOLE_MAX,
    Challenge,
    Range,
    challenge,
    is_proof,
    proof,
)

SECRET = b"s" * 32
SHA256 = hashlib.sha256(b"file").hexdigest()
SIZES = st.one_of(st.integers(0, 3 * WHOLE_MAX), st.integers(0, 2**40), st.just(WHOLE_MAX + 1))


def asked(size: int, *, secret: bytes = SECRET, holder: str = "ada", upload: str = "u1") -> Challenge:
    return challenge(secret, holder=holder, upload_id=upload, sha256=SHA256, size=size)


def answer(of: Challenge, content: bytes) -> str:
    return proof(of, (content[r.offset : r.offset + r.length] for r in of.ranges))


@given(SIZES)
def test_ranges_lie_inside_the_file_one_after_another(size: int) -> None:
    ranges = asked(size).ranges
    ends = [0, *(r.offset + r.length for r in ranges)]
    assert all(end <= r.offset for end, r in zip(ends[:-1], ranges, strict=True))
    assert ends[-1] <= size
    assert ranges == (Range(0, size),) if size <= WHOLE_MAX else len(ranges) == RANGES


@given(st.integers(WHOLE_MAX + 1, 2**40))
def test_each_piece_of_a_large_file_has_a_range(size: int) -> None:
    for number, found in enumerate(asked(size).ranges):
        assert found.length == RANGE_BYTES
        assert size * number // RANGES <= found.offset
        assert found.offset + RANGE_BYTES <= size * (number + 1) // RANGES


@given(st.binary(max_size=2000), st.integers(0, 1999), st.integers(1, 255))
def test_one_changed_byte_of_a_small_file_is_found(content: bytes, place: int, change: int) -> None:
    of = asked(len(content))
    assert is_proof(answer(of, content), answer(of, content))
    if place < len(content):
        changed = bytearray(content)
        changed[place] ^= change
        assert not is_proof(answer(of, bytes(changed)), answer(of, content))


def test_the_file_passes_and_another_one_does_not() -> None:
    content = random.Random(7).randbytes(2 * WHOLE_MAX)
    of = asked(len(content))
    assert is_proof(answer(of, content).upper(), answer(of, content))
    assert not is_proof(answer(of, content[::-1]), answer(of, content))
    assert not is_proof("", answer(of, content))
    assert not is_proof("é" * 64, answer(of, content))


def test_a_digest_alone_gives_no_proof() -> None:
    content = random.Random(8).randbytes(3 * WHOLE_MAX)
    of = asked(len(content))
    known = [SHA256, hashlib.sha256(content).hexdigest(), of.nonce, ""]
    assert all(not is_proof(text, answer(of, content)) for text in known)
    assert not is_proof(answer(of, bytes(len(content))), answer(of, content))


def test_another_upload_gets_the_same_ranges_with_another_nonce() -> None:
    size = 5 * WHOLE_MAX
    first, second = asked(size), asked(size, upload="u2")
    assert first.ranges == second.ranges
    assert first.nonce != second.nonce
    assert asked(size) == first


@pytest.mark.parametrize("other", [{"holder": "bob"}, {"secret": b"t" * 32}])
def test_another_holder_or_secret_gets_other_ranges(other: dict[str, str]) -> None:
    size = 5 * WHOLE_MAX
    assert asked(size).ranges != asked(size, **other).ranges  # type: ignore[arg-type]


def test_every_byte_of_a_large_file_may_be_asked_for() -> None:
    size, piece = WHOLE_MAX + RANGES, (WHOLE_MAX + RANGES) // RANGES
    begins = {asked(size, holder=f"h{number}").ranges[3].offset - 3 * piece for number in range(2000)}
    assert min(begins) < 100
    assert max(begins) > piece - RANGE_BYTES - 100
