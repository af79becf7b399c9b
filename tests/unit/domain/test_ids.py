import time
import uuid

import pytest

from maas.domain.errors import NotFound
from maas.domain.ids import known_id, new_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_an_id_begins_with_its_creation_time() -> None:
    before = time.time_ns() // 1_000_000
    stamp = uuid.UUID(new_id()).int >> 80
    assert before <= stamp <= time.time_ns() // 1_000_000


def test_ids_are_unique() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


def test_known_id_returns_the_canonical_form() -> None:
    made = new_id()
    assert known_id("model_id", "model", made.upper()) == made


@pytest.mark.parametrize("text", ["", "1", "../etc", "0" * 31, "g" * 32, "x" * 10_000])
def test_a_text_that_is_not_a_uuid_is_not_found(text: str) -> None:
    with pytest.raises(NotFound) as caught:
        known_id("model_id", "model", text)
    assert caught.value.fields[0].field == "model_id"
    assert len(caught.value.message) < 100
