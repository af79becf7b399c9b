"""The verifier names what was done to a log, and where."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from maas.domain.audit.canonical import canonical
from maas.domain.audit.chain import Head, Record
from maas.domain.audit.verification import Fault, Finding, Verification, Verified
from maas.domain.ids import new_id
from tests.support.audit_logs import lines, log, rehashed, relinked

ORGANIZATION, LENGTH = new_id(), 60
LOG = log(ORGANIZATION, LENGTH)
OTHERS = log(new_id(), LENGTH)
# Heads that were kept outside.
KEPT = [Head.of(LOG[19]), Head.of(LOG[39]), Head.of(LOG[-1])]
TAMPERINGS = 200


def verified(records: Sequence[Record], heads: Sequence[Head] = KEPT, *, partial: bool = False) -> Verified:
    return Verification(heads, partial=partial).run(lines(records))


def found(records: Sequence[Record], heads: Sequence[Head] = KEPT) -> Finding:
    finding = verified(records, heads).finding
    assert finding is not None
    return finding


def test_an_untouched_log_agrees_with_all_heads() -> None:
    assert verified(LOG) == Verified(1, KEPT[-1], 3, None)


def test_a_log_may_have_grown_since_the_last_head() -> None:
    assert verified(LOG, KEPT[:1]) == Verified(1, Head.of(LOG[-1]), 1, None)


def test_a_part_of_a_log_is_verified_behind_a_kept_head() -> None:
    assert verified(LOG[20:], partial=True) == Verified(21, KEPT[-1], 2, None)
    wrong = [replace(KEPT[0], hash="1" * 64), *KEPT[1:]]
    finding = verified(LOG[20:], wrong, partial=True).finding
    assert finding == Finding(Fault.REPLACED, 21, 21, LOG[20]["id"], 1)


@pytest.mark.parametrize("first", [10, 20])
def test_a_log_without_its_beginning_is_intact_only_as_a_part(first: int) -> None:
    assert found(LOG[first:]) == Finding(Fault.DROPPED, 1, 1, line=1)
    heads = [head for head in KEPT if head.sequence > first]
    assert verified(LOG[first:], partial=True) == Verified(first + 1, KEPT[-1], len(heads), None)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: b"\xef\xbb\xbf" + line,
        lambda line: line.removesuffix(b"\n") + b"\r\n",
        lambda line: b"\n" + line,
        lambda line: b" " + line,
        lambda line: line.replace(b'"sequence":30', b'"sequence":30.0'),
        lambda line: line.replace(b'"sequence":30', b'"sequence":3e1'),
        lambda line: line.replace(b'"sequence":30', b'"sequence":030'),
        lambda line: line.replace(b'"sequence":30', b'"sequence":30,"sequence":30'),
        lambda line: line.replace(b'"sequence":30', b'"sequence":' + b"9" * 5000),
        lambda line: line.replace("é".encode(), "e\u0301".encode()),
        lambda line: line.replace("é".encode(), b"\\u00e9"),
        lambda line: line.replace("é".encode(), b"\xe9"),
        lambda line: line.replace(b'"before":', b'"before":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b',"x":'),
        lambda line: b"[" * 100_000 + line,
        lambda line: line.removesuffix(b"\n") + b" " * 2_000_000 + b"\n",
    ],
)
def test_another_spelling_of_one_line_is_named(spoil: Callable[[bytes], bytes]) -> None:
    written = lines(LOG)
    written[29] = spoil(written[29])
    finding = Verification(KEPT).run(b"".join(written).splitlines(keepends=True)).finding
    assert finding is not None
    assert (finding.fault in (Fault.FORMAT, Fault.EDITED), finding.sequence) == (True, 30)


def test_heads_that_disagree_are_a_fork() -> None:
    other = replace(KEPT[1], hash="1" * 64)
    assert found(LOG, [*KEPT, other]) == Finding(Fault.FORK, 40, 40)


def test_a_missing_end_is_seen_against_a_head() -> None:
    assert found(LOG[:45]) == Finding(Fault.TRUNCATED, 46, 41)
    assert found([]) == Finding(Fault.TRUNCATED, 1, 1)


def test_a_log_that_was_computed_anew_is_named_up_to_the_next_head() -> None:
    forged = relinked([*LOG[:25], {**LOG[25], "action": "Nothing"}, *LOG[26:]], 25)
    finding = found(forged)
    assert (finding.fault, finding.since, finding.sequence) == (Fault.HEAD, 21, 40)


def test_lines_in_another_spelling_are_refused() -> None:
    spaced = [line.replace(b'":', b'": ', 1) for line in lines(LOG[:1])]
    for content in (spaced, [b"\n"], [b"{}\n"], [b"[" * 100_000], [b"\xff\n"]):
        finding = Verification([]).run(content).finding
        assert finding == Finding(Fault.FORMAT, 1, 1, line=1)


def test_times_of_records_do_not_go_back() -> None:
    changed = relinked([*LOG[:5], {**LOG[5], "recorded_at": "2020-01-01T00:00:00.000000Z"}], 5)
    assert found(changed, []) == Finding(Fault.TIME, 6, 6, LOG[5]["id"], 6)


# Each forgery takes the place of a record and returns the log, with every right answer: fault and sequence.
Answers = set[tuple[str, int]]


def _edited(place: int, random: Random) -> tuple[list[Record], Answers]:
    name = random.choice(sorted(LOG[place]))
    value = LOG[place][name]
    other: Any = {**value, "x": 1} if isinstance(value, dict) else [*value, "x"] if isinstance(value, list) else None
    other = value + 1 if isinstance(value, int) else "0" * 64 if isinstance(value, str) else other
    answer = {("edited", place + 1)} | ({("format", place + 1)} if other is None else set())
    return [*LOG[:place], {**LOG[place], name: other}, *LOG[place + 1 :]], answer


def _dropped(place: int, _random: Random) -> tuple[list[Record], Answers]:
    last = place == LENGTH - 1
    return [*LOG[:place], *LOG[place + 1 :]], {("truncated" if last else "dropped", place + 1)}


def _repeated(place: int, random: Random) -> tuple[list[Record], Answers]:
    other = random.randrange(LENGTH)
    if other == place - 1:
        other = place
    return [*LOG[:place], LOG[other], *LOG[place:]], {("added", other + 1)}


def _forged(place: int, _random: Random) -> tuple[list[Record], Answers]:
    """A new record with fitting links in front of the one with the same sequence."""
    new = rehashed(LOG[place], id=new_id())
    answers = {("added", place + 1)} | ({("head", place + 1)} if place + 1 in (20, 40, LENGTH) else set())
    return [*LOG[:place], new, *LOG[place:]], answers


def _swapped(place: int, random: Random) -> tuple[list[Record], Answers]:
    other = (place + random.randrange(1, LENGTH)) % LENGTH
    moved, low = list(LOG), min(place, other)
    moved[place], moved[other] = moved[other], moved[place]
    return moved, {("swapped", low + 1)}


def _truncated(place: int, _random: Random) -> tuple[list[Record], Answers]:
    return LOG[:place], {("truncated", place + 1)}


def _spliced(place: int, _random: Random) -> tuple[list[Record], Answers]:
    return [*LOG[:place], OTHERS[place], *LOG[place + 1 :]], {("organization", place + 1)}


def _replaced(place: int, _random: Random) -> tuple[list[Record], Answers]:
    """An edit with a new hash, which the next record or a head does not know."""
    new = rehashed(LOG[place], action="Nothing")
    at_head = place + 1 in (20, 40, LENGTH)
    return [*LOG[:place], new, *LOG[place + 1 :]], {("head" if at_head else "replaced", place + 1)}


def _cut_off(place: int, _random: Random) -> tuple[list[Record], Answers]:
    """A record with another `previous` and a fitting hash."""
    new = rehashed(LOG[place], previous="1" * 64)
    return [*LOG[:place], new, *LOG[place + 1 :]], {("replaced", place + 1)}


FORGERIES: list[Callable[[int, Random], tuple[list[Record], Answers]]] = [
    _edited,
    _dropped,
    _repeated,
    _forged,
    _swapped,
    _truncated,
    _spliced,
    _replaced,
    _cut_off,
]


@pytest.mark.parametrize("seed", range(TAMPERINGS))
def test_each_tampering_is_named_with_its_first_record(seed: int) -> None:
    random = Random(seed)
    forgery = FORGERIES[seed % len(FORGERIES)]
    place = random.randrange(LENGTH)
    records, answers = forgery(place, random)
    finding = found(records)
    assert (finding.fault.value, finding.sequence) in answers, (forgery.__name__, place)
    assert finding.since <= finding.sequence


def test_canonical_lines_of_the_log_are_its_only_spelling() -> None:
    assert lines(LOG)[0] == canonical(LOG[0]) + b"\n"
