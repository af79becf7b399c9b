"""Bodies of events and answers, as text and in base64."""

import base64
import binascii
import os

import pytest
from mangum.handlers.utils import handle_base64_response_body

from maas.entrypoints.bodies import body_text, decoded
from maas.entrypoints.http_events import HttpEvent
from tests.support.http_gateway import CONTEXT, event

TYPES = ["application/json", "application/problem+json", "text/csv; charset=utf-8", "application/octet-stream", ""]
BODIES = [b"", b"{}", "\u00fc\u2028".encode(), b"\x00\xff\xfe", os.urandom(100_001)]


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("body", BODIES)
def test_an_answer_has_the_body_that_mangum_gives_it(content_type: str, body: bytes) -> None:
    headers = {"content-type": content_type} if content_type else {}
    text_types = ["text/", "application/json", "application/problem+json"]
    assert body_text(body, headers) == handle_base64_response_body(body, headers, text_types)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 100_001])
def test_base64_is_decoded(size: int) -> None:
    body = os.urandom(size)
    assert decoded(base64.b64encode(body).decode()) == body


@pytest.mark.parametrize("text", ["a", "YQ", "YQ=", "Y*==", "YQ==\n", "\u00fc==="])
def test_other_text_is_an_error(text: str) -> None:
    with pytest.raises(binascii.Error):
        decoded(text)


@pytest.mark.parametrize(
    ("text", "is_encoded", "body"),
    [("YQ==", True, b"a"), ("YQ==\n", True, b"a"), ("", True, b""), (None, True, b""), ("YQ==", False, b"YQ==")],
)
def test_the_body_of_an_event_is_bytes(text: str | None, is_encoded: bool, body: bytes) -> None:
    sent = event("POST", "/", body=None, headers={}, by=None) | {"body": text, "isBase64Encoded": is_encoded}
    assert HttpEvent(sent, CONTEXT, {}).body == body  # type: ignore[typeddict-item]
