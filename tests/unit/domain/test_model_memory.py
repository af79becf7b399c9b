from maas.domain import model_memory
from maas.domain.model_memory import MIB, PROTOBUF_MAX, file_max, for_models, usable


def test_the_largest_file_follows_from_both_functions() -> None:
    assert file_max(2048, 3008) == 750 * MIB
    assert file_max(1024, 3008) < file_max(2048, 3008)
    assert file_max(2048, 2048) < file_max(2048, 3008)


def test_no_memory_allows_more_than_protobuf() -> None:
    assert file_max(10240, 10240) == PROTOBUF_MAX


def test_a_file_of_the_largest_size_fits_while_it_is_loaded() -> None:
    size = file_max(2048, 3008)
    assert size * model_memory.LOADED_PERCENT // 100 <= for_models(2048) < usable(2048) < 2048 * MIB
    assert size * model_memory.CHECKED_PERCENT // 100 <= for_models(3008)
