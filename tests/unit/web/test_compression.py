import gzip
import random

import pytest

from maas.domain.errors import TooLarge
from maas.web.compression import BYTES_MAX, SMALL, TEXT_MAX, accepted_coding, compressed

LARGE = b"0" * (SMALL + 1)


@pytest.mark.parametrize(
    "header", ["gzip", "x-gzip", "GZIP", "deflate, gzip;q=0.5", "*", "br;q=1.0, gzip; q=0.001", "identity;q=0, *"]
)
def test_gzip_is_accepted(header: str) -> None:
    assert accepted_coding(header) == "gzip"


@pytest.mark.parametrize(
    "header", [None, "", "br", "identity", "gzip;q=0", "*;q=0", "gzip;q=0, *", "gzip;q=x", "gzip;level=1"]
)
def test_gzip_is_not_accepted(header: str | None) -> None:
    assert accepted_coding(header) == ""


def test_a_large_answer_is_compressed_for_those_who_accept_it() -> None:
    body, headers = compressed(LARGE, "gzip, br")

    assert headers == {"vary": "accept-encoding", "content-encoding": "gzip"}
    assert gzip.decompress(body) == LARGE
    assert len(body) < len(LARGE)


def test_a_large_answer_is_sent_plain_to_others() -> None:
    assert compressed(LARGE, None) == (LARGE, {"vary": "accept-encoding"})


def test_a_small_answer_is_never_compressed() -> None:
    assert compressed(LARGE[1:], "gzip") == (LARGE[1:], {})


def test_an_answer_too_large_for_text_needs_gzip() -> None:
    body = b"0" * (TEXT_MAX + 1)

    with pytest.raises(TooLarge, match="send accept-encoding: gzip"):
        compressed(body, None)
    assert compressed(body, "gzip")[1]["content-encoding"] == "gzip"


def test_an_answer_too_large_for_gzip_is_refused() -> None:
    with pytest.raises(TooLarge, match=str(BYTES_MAX)):
        compressed(random.Random(0).randbytes(BYTES_MAX + 1), "gzip")
