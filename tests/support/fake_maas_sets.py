"""The fake server of models for folders: each file of a set is sent in one request, or proved."""

import hmac
from dataclasses import asdict
from typing import Any

import httpx2

from maas.domain.errors import InvalidInput
from maas.domain.uploads.files import SET_MAX, DeclaredFile, FileLimits, checked_files
from maas_client.transfer.possession import PROOFS_MAX
from tests.support.client_api import AT, problem
from tests.support.fake_maas import FakeMaas

_ENDS = "2026-11-29T06:01:16.602769Z"  # an hour after AT


class FakeSets(FakeMaas):
    """`put` has the paths of the files that were sent, and `arrived` their bytes. `lost` digests are gone when proved.

    The organization has the `contents` of FakeMaas.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sets: dict[str, dict[str, Any]] = {}
        self.arrived: dict[str, bytes] = {}
        self.put: list[str] = []
        self.lost: set[str] = set()
        self.max_total = SET_MAX

    def _start(self, model: str, given: dict[str, Any]) -> Any:
        try:
            checked_files([DeclaredFile(**file) for file in given["files"]], FileLimits(self.max_bytes, self.max_total))
        except InvalidInput as error:
            return problem(422, "invalid_input", detail=str(error), errors=[asdict(error.fields[0])])
        upload_id = f"0000000f-0000-7000-8000-{len(self.sets):012d}"
        main = next(file for file in given["files"] if file["main"])
        size = sum(file["size"] for file in given["files"])
        self.versions[model, given["version"]] |= {"state": "uploading"}
        self.sets[upload_id] = {
            "upload_id": upload_id,
            "model_id": model,
            "version": given["version"],
            "state": "open",
            "filename": main["path"],
            **{name: main[name] for name in ("size", "sha256")},
            "part_size": main["size"],
            "part_count": 1,
            "created_at": AT,
            "expires_at": AT,
            "server_time": AT,
            "replaces": None,
            "replaced_by": None,
            "reused": [],
            "total_size": size,
            "manifest_digest": "sha256:0",
            "file_count": len(given["files"]),
            "files": given["files"],
        }
        return {**self._shown(upload_id), "urls": []}

    def _shown(self, upload_id: str) -> dict[str, Any]:
        body = self.sets[upload_id]
        files = [self._file(body, file) for file in body["files"]]
        known = [
            {"path": file["path"], "ranges": [[0, file["size"]]], "nonce": upload_id.encode().hex()}
            for file in files
            if file["state"] == "missing" and file["sha256"] in self.contents
        ]
        return {**body, "files": files, "known": known}

    def _file(self, body: dict[str, Any], file: dict[str, Any]) -> dict[str, Any]:
        path = file["path"]
        is_stored = path in self.arrived or path in body["reused"]
        missing = [] if is_stored else [1]
        parts = {"part_size": file["size"], "part_count": 1, "missing": missing, "missing_count": len(missing)}
        return {**file, **parts, "state": "stored" if is_stored else "missing"}

    def _progress(self, upload_id: str, _: Any) -> Any:
        return {**self._shown(upload_id), "received": [], "missing": [], "missing_count": 0}

    def _sign(self, upload_id: str, given: dict[str, Any]) -> Any:
        sizes = {file["path"]: file["size"] for file in self.sets[upload_id]["files"]}
        urls = [
            {
                "path": part["path"],
                "part_number": 1,
                "length": sizes[part["path"]],
                "headers": {},
                "url": f"{self.base}/store/{upload_id}/{part['path']}",
                "expires_at": _ENDS,
            }
            for part in given["parts"]
        ]
        return {"urls": urls, "server_time": AT}

    def _prove(self, upload_id: str, given: dict[str, Any]) -> Any:
        body, wrong = self.sets[upload_id], []
        assert len(given["proofs"]) <= PROOFS_MAX
        digests = {file["path"]: file["sha256"] for file in body["files"]}
        for place, each in enumerate(given["proofs"]):
            digest = digests[each["path"]]
            expected = hmac.new(upload_id.encode(), self.contents[digest], "sha256").hexdigest()
            if each["proof"] != expected or digest in self.lost:
                wrong.append({"field": f"proofs[{place}].proof", "rule": "proof", "message": ""})
        if wrong:
            return problem(422, "invalid_input", errors=wrong[:20])
        body["reused"] += [each["path"] for each in given["proofs"]]
        return {"upload_id": upload_id, "reused": body["reused"]}

    def _complete(self, upload_id: str, _: Any) -> Any:
        body = self.sets[upload_id]
        assert all(file["state"] == "stored" for file in self._shown(upload_id)["files"])
        body["state"] = "completed"
        self.versions[body["model_id"], body["version"]] |= {"state": "ready"}
        return {"upload_id": upload_id, "version": body["version"], "state": "validating"}

    def _store(self, method: str, path: str, query: Any, headers: Any, body: bytes) -> httpx2.Response:
        name = path.split("/", 3)[3]
        self.put.append(name)
        self.arrived[name] = body
        return httpx2.Response(200, headers={"etag": '"0"'})
