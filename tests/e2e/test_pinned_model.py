"""Code for a service of one model works with a stack that pins a model, once its address is changed."""

import json
import subprocess
import sys
from pathlib import Path

import httpx2

from local.demo.train import train
from tests.support.stacks import running_stack

# As textbooks write clients of such services. Only the address is filled in.
TEXTBOOK = """
import requests

BASE_URL = "{url}"

health = requests.get(f"{{BASE_URL}}/health").json()
assert health["status"] == "healthy" and health["model_loaded"], health

for features in ([5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]):
    response = requests.post(f"{{BASE_URL}}/predict", json={{"features": features}})
    response.raise_for_status()
    result = response.json()
    print(result["prediction"], result["class_name"])
"""
SETOSA = [5.1, 3.5, 1.4, 0.2]


def test_code_of_a_textbook_calls_the_pinned_model(tmp_path: Path) -> None:
    names = ["setosa", "versicolor", "virginica"]
    for each in ("first", "second"):
        (tmp_path / each).mkdir()
    with running_stack(tmp_path / "first", data=tmp_path / "data") as stack:
        user = stack.user()
        model_id = user.publish(train().onnx, class_names=names)
        user.api.success("PUT", f"/api/v1/models/{model_id}/aliases/production", {"version": "1.0.0"})
        unpinned = httpx2.post(f"{stack.ready['gateway']}/predict", json={"features": SETOSA}, trust_env=False)
        assert (unpinned.status_code, unpinned.json()["code"]) == (404, "not_found")
    pin = f"{user.tenant_id}/{model_id}@production"
    with running_stack(tmp_path / "second", "embedded", "--pinned", pin, data=tmp_path / "data") as stack:
        url = stack.ready["gateway"]
        code = TEXTBOOK.format(url=url)
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
        assert ran.stdout.splitlines() == ["0 setosa", "2 virginica"]
        found = httpx2.post(f"{url}/predict", json={"features": SETOSA}, trust_env=False).json()
        assert (found["prediction"], found["class_name"], found["model_version"]) == (0, "setosa", "1.0.0")
        assert found["confidence"] == max(found["probabilities"]) > 0.5
        header, body = "content-type: application/json", json.dumps({"features": [SETOSA, SETOSA]})
        curl = ["curl", "-sS", "--noproxy", "*", f"{url}/predict", "-H", header, "-d", body]
        batch = json.loads(subprocess.run(curl, capture_output=True, timeout=60, check=True).stdout)
        assert batch["class_names"] == ["setosa", "setosa"]
        wrong = httpx2.post(f"{url}/predict", json={"features": SETOSA[:3]}, trust_env=False)
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "features")
