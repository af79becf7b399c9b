"""A server of models and an object store in memory, with the answers that a push and a pull need, and with faults."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx2

from maas.domain.catalog.versions import VersionState, check_startable
from maas.domain.errors import InvalidInput, WrongState
from maas.domain.uploads.sessions import PART_MAX, PARTS_MAX, plan
from tests.support.client_api import AT, MODEL, VERSION, problem

SIGN_MAX, START_SIGN_MAX = 1000, 32
_ENDS = "2026-11-29T06:01:16.602769Z"  # an hour after AT


@dataclass
class Stored:
    """An upload with its parts, by their numbers."""

    body: dict[str, Any]
    parts: dict[int, bytes] = field(default_factory=dict)

    def content(self) -> bytes:
        return b"".join(self.parts[number] for number in sorted(self.parts))


Fault = Callable[["FakeMaas", str, int, bytes], Any]


class FakeMaas:
    """`part_size` is that of an upload that asks for none. `fault` may answer a request to the store, or raise, in
    its place.

    `sent` has the number of each part that was stored, in order. `checked` is the state that a check ends in.
    """

    def __init__(self, base: str = "http://api.test", *, part_size: int = 1024, fault: Fault | None = None) -> None:
        self.base, self.part_size, self.fault = base, part_size, fault
        self.models: dict[str, dict[str, Any]] = {}
        self.versions: dict[tuple[str, str], dict[str, Any]] = {}
        self.uploads: dict[str, Stored] = {}
        self.baselines: dict[tuple[str, str], dict[str, Any]] = {}
        self.current: dict[tuple[str, str], str] = {}
        self.sent: list[int] = []
        self.calls: list[str] = []
        self.checked = "ready"
        self.signature: dict[str, Any] | None = None
        self.max_bytes = PART_MAX * PARTS_MAX
        self.failure: str | None = None
        self.contents: dict[str, bytes] = {}  # the files that the organization has, by digest
        self.forgets = False  # whether it has forgotten them when they are proven
        self.generation = 0  # URLs of earlier ones are refused

    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(
            lambda request: self.handle(request.method, str(request.url), request.headers, request.content)
        )

    def handle(self, method: str, url: str, headers: Any, body: bytes) -> httpx2.Response:
        parts = urlsplit(url)
        if parts.path.startswith("/store/"):
            return self._store(method, parts.path, parse_qs(parts.query), headers, body)
        path = parts.path.removeprefix("/api/v1/")
        self.calls.append(f"{method} {path}")
        given = json.loads(body) if body else {}
        return self._api(method, path, {**parse_qs(parts.query), **given})

    def _api(self, method: str, path: str, given: dict[str, Any]) -> httpx2.Response:
        place, _, rest = path.partition("/")
        named, _, below = rest.partition("/")
        if place == "models" and named:
            model_id = self._model_id(unquote(unquote(named)))
            if model_id is None:
                return problem(404, "not_found")
            path = "/".join((place, model_id, *filter(None, [below])))
        for pattern, handler in self._routes():
            if found := re.fullmatch(pattern, f"{method} {path}"):
                answer = handler(*found.groups(), given)
                return answer if isinstance(answer, httpx2.Response) else httpx2.Response(200, json=answer)
        raise AssertionError(f"this fake has no {method} {path}")

    def _routes(self) -> list[tuple[str, Callable[..., Any]]]:
        return [
            (r"POST models", self._create_model),
            (r"GET models/([^/]+)", lambda model, _: self.models[model]),
            (r"POST models/([^/]+)/versions", self._create_version),
            (r"GET models/([^/]+)/versions", self._list_versions),
            (r"GET models/([^/]+)/versions/([^/]+)", self._get_version),
            (r"PATCH models/([^/]+)/versions/([^/]+)", self._update),
            (r"POST models/([^/]+)/versions/([^/]+)/publish", self._publish),
            (r"PUT models/([^/]+)/versions/([^/]+)/baseline", self._set_baseline),
            (r"POST models/([^/]+)/upload", self._start),
            (r"GET uploads/([^/]+)", self._progress),
            (r"POST uploads/([^/]+)/parts", self._sign),
            (r"POST uploads/([^/]+)/proofs", self._prove),
            (r"POST uploads/([^/]+)/complete", self._complete),
            (r"GET models/([^/]+)/versions/([^/]+)/download", self._download),
        ]

    def _model_id(self, name: str) -> str | None:
        """The id of the model of this id or name."""
        found = (each["id"] for each in self.models.values() if name in (each["id"], each["name"]))
        return next(found, None)

    def _create_model(self, given: dict[str, Any]) -> Any:
        model_id = f"01a2b3c4-0000-7000-8000-{len(self.models) + 1:012d}"
        self.models[model_id] = {**MODEL, **given, "id": model_id}
        return self.models[model_id]

    def _create_version(self, model: str, given: dict[str, Any]) -> Any:
        number = given.pop("version", None) or f"1.{len(self.versions)}.0"
        given.pop("bump", None)
        if (model, number) in self.versions:
            return problem(409, "already_exists")
        self.versions[model, number] = {**VERSION, **given, "model_id": model, "version": number}
        return self.versions[model, number]

    def _list_versions(self, model: str, given: dict[str, Any]) -> Any:
        found = [version for (owner, _), version in sorted(self.versions.items(), reverse=True) if owner == model]
        return {"items": found[:1], "next_cursor": None}

    def _get_version(self, model: str, ref: str, _: Any) -> Any:
        return self.versions[model, self._number(model, ref)]

    def _number(self, model: str, ref: str) -> str:
        if ref != "latest":
            return ref
        numbers = [number for owner, number in self.versions if owner == model]
        return max([n for n in numbers if self.versions[model, n]["state"] == "published"] or numbers)

    def _update(self, model: str, number: str, given: dict[str, Any]) -> Any:
        self.versions[model, number] |= given
        return self.versions[model, number]

    def _set_baseline(self, model: str, number: str, given: dict[str, Any]) -> Any:
        self.baselines[model, number] = given
        made = {"model_id": model, "version": number, "kind": "given", "of_version": number, "created_at": AT}
        return {**made, "rows": given["rows"], "inputs": [], "outputs": []}

    def _publish(self, model: str, number: str, _: Any) -> Any:
        self.versions[model, number] |= {"state": "published"}
        return self.versions[model, number]

    def _start(self, model: str, given: dict[str, Any]) -> Any:
        at = model, given["version"]
        try:
            state = VersionState(self.versions[at]["state"])
            check_startable(given["version"], state, self.current.get(at, ""), replace=given.get("replace", False))
        except WrongState as error:
            return problem(409, "wrong_state", detail=f"state: {error}", upload_id=error.upload_id)
        try:
            plan(given["size"], None, self.max_bytes)
        except InvalidInput as error:
            return problem(422, "invalid_input", detail=str(error), errors=[asdict(error.fields[0])])
        if given.get("unless_known") and any(len(each) == given["size"] for each in self.contents.values()):
            field = {"field": "sha256", "rule": "required", "message": "is needed"}
            return problem(422, "invalid_input", detail="sha256: is needed", errors=[field])
        upload_id = f"0000000f-0000-7000-8000-{len(self.uploads):012d}"
        size = given["size"]
        part_size = given.get("part_size") or self.part_size
        shared = {"sha256": given.get("sha256"), "part_size": part_size, "part_count": -(-size // part_size)}
        times: dict[str, Any] = {
            "created_at": AT,
            "expires_at": AT,
            "replaces": None,
            "replaced_by": None,
            "reused": [],
            "server_time": AT,
        }
        of_one_file = {"manifest_digest": None, "file_count": 1, "total_size": size, "files": []}
        described = {"version": given["version"], "filename": given["filename"], "size": size, "state": "open"}
        self.uploads[upload_id] = Stored(
            {"upload_id": upload_id, "model_id": model, **described, **shared, **times, **of_one_file}
        )
        self.current[at] = upload_id
        self.versions[at] |= {"state": "uploading", "failure": None}
        first = range(1, min(shared["part_count"], START_SIGN_MAX) + 1)
        known = self._known(upload_id)
        return {**self.uploads[upload_id].body, "known": known, "urls": [self._url(upload_id, n) for n in first]}

    def _known(self, upload_id: str) -> list[dict[str, Any]]:
        """The challenge for the file of an upload, if it is among `contents`."""
        body = self.uploads[upload_id].body
        if body["sha256"] not in self.contents or body["reused"] or body["state"] != "open":
            return []
        return [{"path": body["filename"], "ranges": [[1, 3], [0, 2]], "nonce": upload_id.encode().hex()}]

    def _prove(self, upload_id: str, given: dict[str, Any]) -> Any:
        body = self.uploads[upload_id].body
        known = self.contents[body["sha256"]]
        expected = hmac.new(upload_id.encode(), known[1:4] + known[0:2], "sha256").hexdigest()
        if [each["proof"] for each in given["proofs"]] != [expected] or self.forgets:
            field = {"field": "proofs[0].proof", "rule": "invalid", "message": ""}
            return problem(422, "invalid_input", errors=[field])
        body["reused"] = [body["filename"]]
        return {"upload_id": upload_id, "reused": body["reused"]}

    def _url(self, upload_id: str, number: int) -> dict[str, Any]:
        body = self.uploads[upload_id].body
        length = min(body["part_size"], body["size"] - (number - 1) * body["part_size"])
        url = f"{self.base}/store/{upload_id}/{number}?signature=s3cret&generation={self.generation}"
        return {"path": None, "part_number": number, "length": length, "url": url, "headers": {}, "expires_at": _ENDS}

    def _progress(self, upload_id: str, _: Any) -> Any:
        stored = self.uploads[upload_id]
        parts = stored.parts.items() if stored.body["state"] == "open" else ()
        received = [{"part_number": n, "size": len(data), "etag": f'"{_md5(data)}"'} for n, data in sorted(parts)]
        return {**stored.body, "received": received, "missing": [], "missing_count": 0, "known": self._known(upload_id)}

    def _sign(self, upload_id: str, given: dict[str, Any]) -> Any:
        numbers = [part["part_number"] for part in given["parts"]]
        assert 1 <= len(numbers) <= SIGN_MAX
        assert len({*numbers}) == len(numbers)
        return {"urls": [self._url(upload_id, number) for number in numbers], "server_time": AT}

    def _complete(self, upload_id: str, given: dict[str, Any]) -> Any:
        stored = self.uploads[upload_id]
        if stored.body["reused"]:
            stored.parts = {1: self.contents[stored.body["sha256"]]}
        elif len(stored.parts) != stored.body["part_count"]:
            return problem(422, "invalid_input", errors=[{"field": "parts", "rule": "missing", "message": ""}])
        digest = hashlib.sha256(stored.content()).hexdigest()
        declared = given.get("sha256") or stored.body["sha256"]
        right = digest == declared
        stored.body |= {"state": "completed", "sha256": declared}
        outcome = self.checked if right else "failed"
        failure = self.failure if right else "the file has another SHA-256"
        at = stored.body["model_id"], stored.body["version"]
        found = {"sha256": digest, "size": stored.body["size"], "signature": self.signature}
        self.versions[at] |= {"state": outcome, "failure": failure, **found}
        return {"upload_id": upload_id, "version": at[1], "state": "validating"}

    def _download(self, model: str, ref: str, _: Any) -> Any:
        number = self._number(model, ref)
        stored = self.uploads[self.current[model, number]]
        url = f"{self.base}/store/{self.current[model, number]}/file?generation={self.generation}"
        described = {"size": stored.body["size"], "sha256": stored.body["sha256"], "version": number}
        return {"url": url, "expires_at": AT, "server_time": AT, "filename": f"iris-{number}.onnx", **described}

    def _store(self, method: str, path: str, query: Any, headers: Any, body: bytes) -> httpx2.Response:
        _, _, upload_id, name = path.split("/")
        number = int(name) if name.isdigit() else 0
        if query["generation"] != [str(self.generation)]:
            return httpx2.Response(403, text="<Error><Code>ExpiredToken</Code></Error>")
        answer = self.fault(self, method, number, body) if self.fault else None
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx2.Response):
            return answer
        if method == "GET":
            return self._range(self.uploads[upload_id].content() if answer is None else answer, headers["range"])
        data = body if answer is None else answer
        self.uploads[upload_id].parts[number] = data
        self.sent.append(number)
        return httpx2.Response(200, headers={"etag": f'"{_md5(data)}"'})

    @staticmethod
    def _range(content: bytes, asked: str) -> httpx2.Response:
        first, last = (int(number) for number in asked.removeprefix("bytes=").split("-"))
        headers = {"content-range": f"bytes {first}-{last}/{len(content)}"}
        return httpx2.Response(206, content=content[first : last + 1], headers=headers)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
