"""Jobs on the whole stack: results, cancellation of running work, one job for each key, and the webhook of an end."""

import hashlib
import json
from io import BytesIO
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.e2e.problems import assert_problem
from tests.e2e.test_webhooks import receiver
from tests.samples import onnx_files
from tests.support.stack_users import User
from tests.support.stacks import BOTH, RunningStack
from tests.support.waiting import until

FILES = "/api/v1/inference/files"
JOBS = "/api/v1/inference/jobs"
ENDLESS = 2**62


@pytest.fixture(scope="module")
def counter(user: User) -> str:
    """The id of a model that counts from zero up to its input."""
    return user.publish(onnx_files.counter())


def _ended(user: User, job_id: str) -> Any:
    def ended() -> Any:
        job = user.api.get(f"{JOBS}/{job_id}")
        return job if job["ended_at"] else None

    return until(ended, 60)


@pytest.mark.kinds(*BOTH)
def test_a_job_has_the_answer_of_the_prediction(user: User, published: str) -> None:
    values = {"features": [[0, 1, 0, 0], [0, 0, 0, 1]]}
    answer = user.api.post("/api/v1/inference", {"model_id": published, **values})

    made = user.api.request("POST", JOBS, {"model_id": published, **values})

    assert (made.status_code, made.headers["location"]) == (202, f"{JOBS}/{made.json()['id']}")
    job = _ended(user, made.json()["id"])
    assert (job["state"], job["progress"]) == ("succeeded", {"done": 1, "total": 1, "rows": 2, "failed_rows": 0})
    result = job["result"]
    assert [result[name] for name in ("predictions", "class_names", "outputs")] == [
        answer[name] for name in ("predictions", "class_names", "outputs")
    ]
    (part,) = user.api.get(f"{JOBS}/{job['id']}/results")["items"]
    assert user.api.http.get(part["url"]).json() == result


def test_a_running_job_ends_when_it_is_cancelled_and_frees_its_worker(user: User, counter: str, published: str) -> None:
    endless = {"model_id": counter, "features": [ENDLESS], "priority": "low"}
    jobs = [user.api.post(JOBS, endless)["id"] for _ in range(2)]
    until(lambda: all(user.api.get(f"{JOBS}/{job}")["state"] == "running" for job in jobs), 60)

    for job in jobs:
        assert user.api.success("DELETE", f"{JOBS}/{job}").json()["state"] == "cancelled"

    next_one = user.api.post(JOBS, {"model_id": published, "features": [0, 0, 0, 1], "priority": "low"})
    assert _ended(user, next_one["id"])["state"] == "succeeded"
    assert [user.api.get(f"{JOBS}/{job}")["state"] for job in jobs] == ["cancelled", "cancelled"]
    assert_problem(user.api.request("DELETE", f"{JOBS}/{next_one['id']}"), 409, "wrong_state")


def test_a_run_that_takes_too_long_fails_with_its_reason(user: User, counter: str) -> None:
    made = user.api.post(JOBS, {"model_id": counter, "features": [ENDLESS], "timeout": 0.5})

    job = _ended(user, made["id"])

    failure = job["failure"]
    assert (job["state"], failure["code"], job["result"]) == ("failed", "timeout", None)


def test_a_job_outlives_the_session_that_has_made_it(user: User, counter: str, published: str) -> None:
    endless = {"model_id": counter, "features": [ENDLESS], "priority": "low"}
    busy = [user.api.post(JOBS, endless)["id"] for _ in range(2)]
    colleague = user.colleague("invoker")
    login = colleague.login()
    colleague.api.token = login["access_token"]
    job = colleague.api.post(JOBS, {"model_id": published, "features": [0, 0, 0, 1], "priority": "low"})["id"]
    colleague.api.success("POST", "/api/v1/auth/logout", {"refresh_token": login["refresh_token"]})
    until(lambda: colleague.api.request("GET", f"{JOBS}/{job}").status_code == 401, 10)

    for each in busy:
        user.api.success("DELETE", f"{JOBS}/{each}")

    colleague.api.token = colleague.login()["access_token"]
    assert _ended(colleague, job)["state"] == "succeeded"


def test_one_key_makes_one_job(user: User, published: str) -> None:
    body = {"model_id": published, "features": [3, 1, 0, 0]}
    key = {"idempotency-key": f"job-{published}"}
    first, second = (user.api.request("POST", JOBS, body, headers=key) for _ in range(2))

    assert first.json()["id"] == second.json()["id"]
    assert (second.status_code, second.headers["idempotency-replayed"]) == (202, "true")


def test_other_organizations_see_no_job(local_stack: RunningStack, user: User, published: str) -> None:
    job, stranger = user.api.post(JOBS, {"model_id": published, "features": [3, 1, 0, 0]})["id"], local_stack.user()

    for method, path in (("GET", job), ("DELETE", job), ("GET", f"{job}/results")):
        assert_problem(stranger.api.request(method, f"{JOBS}/{path}"), 404, "not_found")
    assert stranger.api.get(JOBS) == {"items": [], "next_cursor": None}
    assert job in [each["id"] for each in user.api.get(f"{JOBS}?limit=100")["items"]]


def _uploaded(user: User, content: bytes) -> str:
    """Uploads a file of rows, and returns its id."""
    new = user.api.post(FILES, {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    put = user.api.http.put(new["url"], content=content, headers=new["headers"])
    assert put.status_code == 200, put.text
    file_id: str = new["id"]
    return file_id


def test_a_file_of_rows_has_a_line_for_each_of_them(user: User, published: str) -> None:
    rows = [[number % 7, number % 5, number % 3, number % 2] for number in range(200_000)]
    content = b"a,b,c,d\n" + b"".join(b"%d,%d,%d,%d.000000000000\n" % tuple(row) for row in rows) + b"1,2,x,3\n"
    file = {"id": _uploaded(user, content), "format": "csv", "as_lists": True}

    job = _ended(user, user.api.post(JOBS, {"model_id": published, "file": file})["id"])

    assert (job["state"], job["failure"]) == ("succeeded", None)
    assert (job["progress"]["rows"], job["progress"]["failed_rows"]) == (200_001, 1)
    parts = user.api.get(f"{JOBS}/{job['id']}/results?limit=100")["items"]
    assert len(parts) > 1
    lines = [json.loads(line) for part in parts for line in user.api.http.get(part["url"]).iter_lines()]
    assert [line["line"] for line in lines] == [*range(2, 200_003)]
    assert [line["prediction"] for line in lines[:-1]] == [row.index(max(row)) for row in rows]
    assert lines[-1]["error"]["errors"][0]["rule"] == "type"


def test_parquet_has_a_line_for_each_row_or_a_reason(user: User, published: str) -> None:
    rows = [[number % 7, 0.5, number % 3, number % 2] for number in range(3000)]
    written = BytesIO()
    parquet.write_table(pa.table([*map(pa.array, zip(*rows, strict=True))], names=[*"abcd"]), written)
    contents = (written.getvalue(), b"PAR1")
    files = [{"id": _uploaded(user, each), "format": "parquet", "as_lists": True} for each in contents]

    job, broken = (_ended(user, user.api.post(JOBS, {"model_id": published, "file": file})["id"]) for file in files)

    assert (job["state"], job["progress"]["rows"], job["progress"]["failed_rows"]) == ("succeeded", 3000, 0)
    (part,) = user.api.get(f"{JOBS}/{job['id']}/results")["items"]
    lines = [json.loads(line) for line in user.api.http.get(part["url"]).iter_lines()]
    assert [line["line"] for line in lines] == [*range(1, 3001)]
    assert [line["prediction"] for line in lines] == [row.index(max(row)) for row in rows]
    assert broken["failure"] == {"code": "invalid_input", "message": "file: is not Parquet that can be read"}


def test_a_file_that_was_not_uploaded_makes_no_job(user: User, published: str) -> None:
    content = b"[0, 0, 0, 1]\n"
    new = user.api.post(FILES, {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    file = {"id": new["id"], "format": "ndjson"}

    assert_problem(user.api.request("POST", JOBS, {"model_id": published, "file": file}), 409, "wrong_state")

    wrong = user.api.http.put(new["url"], content=content[::-1], headers=new["headers"])
    assert wrong.status_code == 400
    assert_problem(user.api.request("POST", JOBS, {"model_id": published, "file": file}), 409, "wrong_state")


def test_the_end_of_a_job_reaches_a_webhook(local_stack: RunningStack) -> None:
    user = local_stack.user()
    model_id = user.publish(onnx_files.largest_of_four())
    with receiver() as (url, received):
        user.api.post("/api/v1/webhooks", {"url": url, "events": ["JobEnded"]})
        made = user.api.post(JOBS, {"model_id": model_id, "features": [0, 0, 0, 1]})
        _, content = received.get(timeout=30)
    event = json.loads(content)
    assert (event["type"], event["data"]["object"]) == ("JobEnded", f"job/{made['id']}")
    assert (event["data"]["after"]["state"], event["data"]["tenant_id"]) == ("succeeded", user.tenant_id)
