"""A backup of a stack under writes, its restore into a new folder, and a move into another stack."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.demo.client import Api
from tests.support.local_commands import data_of, local, printed
from tests.support.stack_users import MODELS, PASSWORD, User
from tests.support.stacks import RunningStack, running_stack
from tests.support.waiting import until

pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(300)]

ROW = {"features": [5.1, 3.5, 1.4, 0.2]}
DEPLOYED = "maas-test"


@contextmanager
def creating(user: User) -> Iterator[list[str]]:
    """Creates models one after the other. Yields the ids so far."""
    ended, before = threading.Event(), len(user.models)
    made: list[str] = []

    def create() -> None:
        while not ended.is_set():
            made.append(user.model())
            time.sleep(0.05)

    thread = threading.Thread(target=create)
    thread.start()
    try:
        yield made
    finally:
        ended.set()
        thread.join()
        assert len(user.models) == before + len(made)


def log_in(stack: RunningStack, user: User) -> Any:
    api = stack.anonymous()
    api.token = api.post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD})["access_token"]
    return api


def listed(api: Any) -> list[str]:
    """The ids of all models, the oldest first."""
    found, cursor = [], ""
    while cursor is not None:
        page = api.get(f"{MODELS}?limit=100" + (f"&cursor={cursor}" if cursor else ""))
        found += [model["id"] for model in page["items"]]
        cursor = page["next_cursor"]
    assert page["total"] == len(found)
    return sorted(found)


def test_a_backup_under_writes_is_restored_and_moved(local_stack: RunningStack, tmp_path: Path) -> None:
    user, file, data = local_stack.user(), str(tmp_path / "a.tar"), str(tmp_path / "new folder")
    first = user.publish_largest()
    user.api.success("PUT", f"{MODELS}/{first}/aliases/production", {"version": "1.0.0"})
    with creating(user) as made:
        until(lambda: made, 30)
        before = len(made)
        saved = printed(local("backup", file, "--data", str(data_of(local_stack)), "--json"))
        after = len(made) + 1
    restored = printed(local("restore", file, "--data", data, "--tables", "moto", "--s3", "moto", "--json"))
    assert {name: restored[name] for name in ("models", "versions", "users", "files")} == {
        name: saved[name] for name in ("models", "versions", "users", "files")
    }
    assert saved["lost"] == []

    with running_stack(tmp_path, data=Path(data)) as second:
        assert second.ready["user"] == local_stack.ready["user"]
        # The signing secret moved too, so a token of before is valid. A busy machine may not read the secret within its
        # second at first: that is a 503, which asks to try again.
        moved = Api(second.url, second.http, user.api.token)
        until(lambda: moved.request("GET", f"{MODELS}/{first}").status_code != 503, 30)
        assert moved.get(f"{MODELS}/{first}")["id"] == first
        api = log_in(second, user)
        found = listed(api)
        # The models were created one after the other, so those of one moment are the first ones.
        assert found == [first, *made][: len(found)]
        assert before < len(found) <= after + 1
        assert api.post(f"{MODELS}/{first}/predict", ROW)["class_name"] == "a"
        assert api.get(f"{MODELS}/{first}/aliases/production")["version"] == "1.0.0"
        assert api.http.get(api.get(f"{MODELS}/{first}/versions/1.0.0/download")["url"]).is_success
        api.success("PATCH", f"{MODELS}/{first}", {"description": "changed after the restore"})
        move(local_stack, second, tmp_path)


def move(source: RunningStack, target: RunningStack, folder: Path) -> None:
    """Moves the models of a new user of one stack into another one, which stands for a deployed stack."""
    user, file = source.user(), str(folder / "b.tar")
    model = user.publish_largest()
    printed(local("backup", file, "--data", str(data_of(source)), "--json"))
    outputs = {
        "RegistryTableName": target.ready["tables"]["RegistryTable"],
        "IdentityTableName": target.ready["tables"]["IdentityTable"],
        "AuditTableName": target.ready["tables"]["AuditTable"],
        "ArtifactsBucketName": target.ready["bucket"],
        "AuditBucketName": target.ready["audit_bucket"],
        "ValidationQueueUrl": target.ready["queues"]["ValidationQueue"],
    }
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    target.client("cloudformation").create_stack(StackName=DEPLOYED, TemplateBody=json.dumps(template))
    environment = {
        **target.ready["credentials"],
        "AWS_ENDPOINT_URL": target.ready["aws"],
        "AWS_ENDPOINT_URL_DYNAMODB": target.ready["table_store"],
        "AWS_ENDPOINT_URL_S3": target.ready["s3"],
    }
    refused = local("restore", file, "--to-aws", DEPLOYED, **environment)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: the table maas-local-")
    assert "is not empty" in refused.stderr
    printed(local("restore", file, "--to-aws", DEPLOYED, "--overwrite", "--json", **environment))

    api = log_in(target, user)
    assert listed(api) == [model]
    assert api.post(f"{MODELS}/{model}/predict", ROW)["class_name"] == "a"
