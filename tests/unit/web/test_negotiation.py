"""The media type that an Accept header prefers."""

import pytest

from maas.web.negotiation import JSON, MARKDOWN, preferred


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        ("text/markdown", MARKDOWN),
        ("Text/Markdown; charset=utf-8", MARKDOWN),
        ("text/*", MARKDOWN),
        ("application/*", JSON),
        ("text/markdown, application/json", JSON),
        ("text/markdown, application/json;q=0.9", MARKDOWN),
        ("text/markdown;q=0.5, application/json;q=0.4", MARKDOWN),
        ("text/markdown; Q = 0.5, */*; q=0.6", JSON),
        ("text/markdown, */*;q=0.1", MARKDOWN),
        ("text/*;q=0.9, text/markdown;q=0.1, application/json;q=0.5", JSON),
        ("application/json;q=0, */*", MARKDOWN),
        ("application/json;q=0, text/markdown;q=0.001", MARKDOWN),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("text/markdown;variant=GFM;q=1.000", MARKDOWN),
        ("text/markdown;quality=0.1", MARKDOWN),
        (",, text/markdown ,", MARKDOWN),
        ("text/html", None),
        ("*/*;q=0", None),
        ("text/markdown;q=0", None),
        ("application/json;q=2", None),
        ("application/json;q=1e0", None),
        ("application/json;q=", None),
        ("json", None),
        ("application/json/x", None),
        ("text/markdown" * 5000, None),
    ],
)
def test_the_preferred_media_type_is_chosen(accept: str | None, expected: str | None) -> None:
    assert preferred(accept) == expected
