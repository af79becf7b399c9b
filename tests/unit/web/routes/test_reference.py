"""The API's document and its page, as files that caches keep."""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace

from local.paths import ROOT
from maas.adapters.swagger_ui import page
from maas.entrypoints.http import create_app, lambda_handler
from maas.web.routes.reference import PUBLIC, reference_routes
from tests.support.http_gateway import CONTEXT, Gateway, event, first_error

SERVED = ROOT / "functions" / "auth" / "openapi.json"


def _api() -> Gateway:
    app = create_app(reference_routes(SERVED.read_bytes, page), title="test", public=PUBLIC)
    return Gateway(lambda_handler(app), None)


def test_the_document_is_json_that_caches_keep_for_five_minutes() -> None:
    reply = _api()("GET", "/openapi.json", headers={"accept-encoding": "identity"})
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.headers["cache-control"] == "public, max-age=300"
    assert reply.json == json.loads(SERVED.read_text())


def test_a_caller_that_has_the_file_gets_304() -> None:
    api = _api()
    for path in sorted(PUBLIC):
        tag = api("GET", path).headers["etag"]
        again = api("GET", path, headers={"if-none-match": f'"other", {tag}'})
        assert (again.status, again.text, again.headers["etag"]) == (304, "", tag)
        assert api("GET", path, headers={"if-none-match": '"other"'}).status == 200


def test_a_caller_that_accepts_gzip_gets_less_than_a_third() -> None:
    asked = event("GET", "/openapi.json", body=None, headers={"accept-encoding": "gzip"}, by=None)
    answer = _api().handler(asked, CONTEXT)
    assert (answer["isBase64Encoded"], answer["headers"]["content-encoding"]) == (True, "gzip")
    packed = base64.b64decode(answer["body"])
    assert gzip.decompress(packed) == SERVED.read_bytes()
    assert len(packed) < SERVED.stat().st_size / 3


def test_head_is_answered_as_get() -> None:
    api = _api()
    for path in sorted(PUBLIC):
        assert api("HEAD", path) == replace(api("GET", path), headers=api("HEAD", path).headers)
        names = ("etag", "content-type", "content-length", "cache-control")
        assert [api("HEAD", path).headers[n] for n in names] == [api("GET", path).headers[n] for n in names]


def test_a_query_is_refused() -> None:
    assert first_error(_api()("GET", "/openapi.json?version=2")) == (422, "version", "unknown")


def test_the_page_allows_its_own_scripts_and_no_other() -> None:
    reply = _api()("GET", "/docs")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = reply.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert policy.startswith("default-src 'none'; ")
    parts = re.findall(r"<(script|style)>(.*?)</\1>", reply.text, re.DOTALL)
    assert [kind for kind, _ in parts] == ["style", "script", "script"]
    for _, text in parts:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy


def test_the_page_requests_nothing_but_the_document() -> None:
    html = _api()("GET", "/docs").text
    markup = re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.DOTALL)
    assert re.findall(r"""(?:src|href)\s*=\s*["']?([^"'\s>]+)""", markup) == ["data:,"]
    start = re.findall(r"<script>(SwaggerUIBundle\(.*?)</script>", html)[0]
    assert re.findall(r'url: "([^"]+)"', start) == ["openapi.json"]
    assert re.findall(r"https?:", start) == []
    [style] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert re.findall(r"@import|url\((?!['\"]?data:)[^)]*\)", style) == []


def test_the_script_ends_where_its_element_ends() -> None:
    """After `<!--`, `<script` would begin an element in which the end tag is text (HTML, 4.12.1.3)."""
    [script, _] = re.findall(r"<script>(.*?)</script>", _api()("GET", "/docs").text, re.DOTALL)
    comments = [part.partition("-->")[0] for part in script.split("<!--")[1:]]
    assert comments
    assert [part for part in comments if "<script" in part.lower()] == []
