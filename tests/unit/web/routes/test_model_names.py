"""Models by names in paths, whatever characters the names have."""

from urllib.parse import quote

import pytest

from tests.support.http_gateway import Gateway, first_error

MODELS = "/api/v1/models"
NAMES = ["my iris", "team/iris", "50%", "a%2Fb", "a?b=c#d", "...", "models", "日本語", "é\U0001f339", "x" * 128]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_escaped_twice_names_its_model(api: Gateway, name: str) -> None:
    made = api("POST", MODELS, {"name": name, "framework": "onnx"}).json
    segment = quote(quote(name, safe=""), safe="")
    assert api("GET", f"{MODELS}/{segment}").json["id"] == made["id"]
    version = api("POST", f"{MODELS}/{segment}/versions", {"version": "1.0.0"})
    assert (version.status, version.json["model_id"]) == (201, made["id"])


@pytest.mark.parametrize("segment", ["none", "%25252F", "%25FF", "%2500", "%252E%252E", "x" * 512])
def test_a_name_that_no_model_has_is_404(api: Gateway, segment: str) -> None:
    assert first_error(api("GET", f"{MODELS}/{segment}")) == (404, "model_id", "exists")
