import pytest

from maas.domain.errors import InvalidInput
from maas.domain.uploads.sessions import MIB, PART_DEFAULT, PART_MAX, PART_MIN, PARTS_MAX, PartPlan, plan, storage_key

FIVE_TIB = 5 * 1024 * 1024 * MIB


@pytest.mark.parametrize(
    "size", [1, PART_DEFAULT - 1, PART_DEFAULT, PART_DEFAULT + 1, 3 * PART_DEFAULT, 10 * PART_DEFAULT + 7]
)
def test_the_parts_of_a_plan_add_up_to_the_file(size: int) -> None:
    made = plan(size, None, FIVE_TIB)
    lengths = [made.length(number) for number in range(1, made.count + 1)]
    assert sum(lengths) == size
    assert set(lengths[:-1]) <= {PART_DEFAULT}
    assert 1 <= lengths[-1] <= PART_DEFAULT


@pytest.mark.parametrize(
    ("size", "part_size"),
    [
        (PART_DEFAULT * PARTS_MAX, PART_DEFAULT),
        (PART_DEFAULT * PARTS_MAX + 1, 2 * PART_DEFAULT),
        (FIVE_TIB, 1024 * MIB),
    ],
)
def test_parts_grow_only_if_there_would_be_too_many(size: int, part_size: int) -> None:
    made = plan(size, None, FIVE_TIB)
    assert made.part_size == part_size
    assert made.count <= PARTS_MAX


def test_a_requested_part_size_is_kept() -> None:
    assert plan(100 * MIB, PART_MIN, FIVE_TIB) == PartPlan(100 * MIB, PART_MIN)


@pytest.mark.parametrize(
    ("size", "part_size", "field", "rule"),
    [
        (0, None, "size", "range"),
        (-1, None, "size", "range"),
        (1001, None, "size", "range"),
        (1000, 0, "part_size", "range"),
        (1000, PART_MIN - 1, "part_size", "range"),
        (1000, PART_MAX + 1, "part_size", "range"),
    ],
)
def test_plan_names_the_broken_rule(size: int, part_size: int | None, field: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(size, part_size, 1000)
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == (field, rule)


def test_a_part_size_that_needs_too_many_parts_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(PART_MIN * PARTS_MAX + 1, PART_MIN, FIVE_TIB)
    assert caught.value.fields[0].rule == "max_parts"


@pytest.mark.parametrize("number", [0, -1, 3, 10**9])
def test_there_is_no_part_outside_the_plan(number: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        PartPlan(PART_MIN + 1, PART_MIN).length(number)
    assert caught.value.fields[0].field == "part_number"


def test_two_uploads_of_one_version_never_share_an_object() -> None:
    assert storage_key("t", "m", "1.0.0", "u1") != storage_key("t", "m", "1.0.0", "u2")
