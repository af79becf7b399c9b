"""Inputs of predictions on a whole stack: stored and read by the owner, without what is redacted."""

import gzip
import json
import re
from typing import Any

import requests

from tests.support.stacks import ADDRESS, RunningStack
from tests.support.waiting import until


def test_inputs_are_stored_for_their_owner_without_what_is_redacted(stack: RunningStack) -> None:
    user, stranger = stack.user(), stack.user()
    path = f"/api/v1/models/{user.publish_largest()}"
    model_id = path.rpartition("/")[2]
    refused = user.api.request("PUT", f"{path}/capture", {"percent": 100, "redact": ["age"]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "redact[0]")
    setting = {"percent": 100, "redact": ["x[1]"], "keep_days": 30, "outputs": False}
    assert user.api.success("PUT", f"{path}/capture", setting).json() == {"model_id": model_id, **setting}

    made = user.api.post(f"{path}/predict", {"features": [[1, 7777, 3, 4], [9, 7777, 0, 0]]})

    until(lambda: user.api.get(f"{path}/capture/files")["items"], 40)
    [file] = user.api.get(f"{path}/capture/files")["items"]
    assert re.search(rf"/captures/[0-9a-f-]{{36}}/{model_id}/", file["url"])
    got = requests.get(file["url"], timeout=10)
    assert (got.status_code, len(got.content)) == (200, file["bytes"])
    text = gzip.decompress(got.content).decode()
    assert "7777" not in text
    record: dict[str, Any] = json.loads(text)
    assert (record["prediction_id"], record["version"]) == (made["prediction_id"], "1.0.0")
    assert "outputs" not in record  # this model answers its inputs
    assert record["inputs"] == {"x[0]": [1.0, 9.0], "x[2]": [3.0, 0.0], "x[3]": [4.0, 0.0]}
    for of in ("capture", "capture/files"):
        assert stranger.api.request("GET", f"{path}/{of}").status_code == 404
    user.api.success("DELETE", f"{path}/capture")
    assert user.api.request("GET", f"{path}/capture").status_code == 404
    if stack.kind != ADDRESS:  # it removes files after 2 s
        until(lambda: requests.get(file["url"], timeout=10).status_code == 404, 30)
        assert user.api.get(f"{path}/capture/files")["items"] == []
    until(lambda: _noted(user.api.get("/api/v1/audit?limit=100")["items"]) >= {"CapturesRead", "ModelUpdated"}, 60)


def _noted(records: list[dict[str, Any]]) -> set[str]:
    return {each["action"] for each in records}
