"""The page that shows the API's document: Swagger UI in one file, which loads nothing but the document.

See docs/decisions/0064-one-document-of-the-api.md.
"""

import base64
import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# The package has the files of the npm package swagger-ui-dist as they are. It is found, not imported: its code is for
# apps that mount a folder of files.
_PACKAGE = "fastapi_standalone_docs"
_START = (
    'SwaggerUIBundle({url: "openapi.json", dom_id: "#ui", deepLinking: true, validatorUrl: null, '
    "presets: [SwaggerUIBundle.presets.apis]});"
)


@cache
def page() -> tuple[bytes, str]:
    """The HTML, and its Content-Security-Policy: it names each script and style by its digest, and nothing else."""
    script, style = _file("swagger-ui-bundle.js"), _file("swagger-ui.css")
    html = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>MaaS: HTTP API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f'<style>{style}</style></head><body><div id="ui"></div>'
        f"<script>{script}</script><script>{_START}</script></body></html>"
    )
    return html.encode(), _policy([script, _START], style)


def _file(name: str) -> str:
    """A file of the package. Raises AssertionError if it would end the element that it is put into."""
    spec = find_spec(_PACKAGE)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    text = (Path(spec.submodule_search_locations[0]) / "static" / "swagger" / name).read_text()
    assert "</script" not in text.lower()
    assert "</style" not in text.lower()
    return text


def _policy(scripts: list[str], style: str) -> str:
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(map(_digest, scripts)),
        "style-src": _digest(style),
        "img-src": "data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
