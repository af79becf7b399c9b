"""The Python client and the command `maas` against a running stack."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from maas_client import Client, Progress, errors
from maas_client.profiles.logins import login_of
from maas_client.profiles.settings import Settings
from maas_client.transfer.folders import files_of, hashed
from tests.samples import onnx_files
from tests.support.stack_users import PASSWORD
from tests.support.stacks import RunningStack

pytestmark = pytest.mark.kinds("embedded")


@pytest.fixture
def email() -> str:
    return f"{secrets.token_hex(6)}@example.com"


@pytest.fixture
def client(local_stack: RunningStack, email: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("MAAS_API_KEY", "MAAS_API_URL"):
        monkeypatch.delenv(name, raising=False)
    with Client(local_stack.url) as client:
        client.auth.register(email, PASSWORD)
        client.auth.login(email, PASSWORD)
        yield client


def test_from_a_file_to_a_prediction_and_back_to_the_file(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "largest.onnx"
    path.write_bytes(onnx_files.largest_of_four())

    version = client.push(
        path, model="largest", bump="minor", publish=True, metadata={"class_names": ["a", "b", "c", "d"]}
    )

    assert (version.version, version.state) == ("0.1.0", "published")
    assert client.push(path, model="largest", version="0.1.0") == client.versions.get("largest", "^0.1")
    assert client.inference.predict("largest", [1.0, 5.0, 2.0, 3.0]).class_name == "b"
    batch = client.inference.predict_batch("largest", [[1.0, 5.0, 2.0, 3.0], [9.0, 5.0, 2.0, 3.0]], version="latest")
    assert batch.model_dump()["class_names"] == ["b", "a"]
    pulled = client.pull("largest", to=tmp_path / "copy.onnx", cache_dir=tmp_path / "cache")
    assert pulled.path.read_bytes() == path.read_bytes()
    client.aliases.set("largest", "production", "^0.1", reason="first")
    assert [move.kind for move in client.aliases.history("largest", "production")] == ["create"]
    assert [model.name for model in client.models.list(tags=[], sort="name", limit=1)] == ["largest"]


def test_a_push_of_several_parts_goes_on_after_it_was_begun(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "table.onnx"
    path.write_bytes(onnx_files.lookup(range(5 * 1024 * 1024)))  # 40 MiB
    size = path.stat().st_size
    model = client.models.create("table", "onnx", version="1.0.0")
    begun = client.uploads.start(model.id, "1.0.0", path.name, size)
    assert begun.part_count > 2

    version = client.push(path, model="table", version="1.0.0")

    assert (version.state, version.size) == ("ready", size)
    assert client.uploads.get(begun.upload_id).state == "completed"


def test_a_file_that_the_organization_has_is_not_sent_again(client: Client, tmp_path: Path) -> None:
    path, seen = tmp_path / "table.onnx", [Progress("none", 0, 0)]
    path.write_bytes(onnx_files.lookup(range(300_000)))  # more than is hashed whole
    first = client.push(path, model="first", version="1.0.0")

    second = client.push(path, model="second", version="1.0.0", publish=True, progress=seen.append)

    assert (second.state, second.digest) == ("published", first.digest)
    assert {each.phase for each in seen} == {"none", "checking"}
    client.models.delete("first")
    pulled = client.pull("second", to=tmp_path / "copy.onnx", cache_dir=tmp_path / "cache")
    assert pulled.path.read_bytes() == path.read_bytes()


def test_a_folder_becomes_a_version_of_several_files(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "largest"
    (folder / "data").mkdir(parents=True)
    (folder / "model.onnx").write_bytes(onnx_files.largest_of_four())
    (folder / "README.md").write_text("# Largest\n")
    (folder / "data" / "rows.csv").write_text("a,b,c,d\n" + "1,5,2,3\n" * 10)
    (folder / "data" / "empty.txt").touch()

    version = client.push(folder, model="folder", version="1.0.0", publish=True)

    assert (version.state, version.file_count, version.format) == ("published", 4, "onnx")
    listed = client.versions.files("folder", "1.0.0")
    assert [(file.path, file.main) for file in listed.files] == [
        ("README.md", False),
        ("data/empty.txt", False),
        ("data/rows.csv", False),
        ("model.onnx", True),
    ]
    assert listed.digest == version.digest
    assert client.push(folder, model="folder", version="1.0.0") == client.versions.get("folder", "1.0.0")
    assert client.inference.predict("folder", [1.0, 5.0, 2.0, 3.0]).prediction == 1
    pulled = client.pull("folder", to=tmp_path / "copy", cache_dir=tmp_path / "cache")
    assert (pulled.path, pulled.cached, f"sha256:{pulled.sha256}") == (tmp_path / "copy", False, version.digest)
    for file in listed.files:
        assert (pulled.path / file.path).read_bytes() == (folder / file.path).read_bytes()
    assert client.pull("folder", to=tmp_path / "again", cache_dir=tmp_path / "cache").cached
    (folder / "README.md").write_text("# Other\n")
    with pytest.raises(errors.WrongState):
        client.push(folder, model="folder", version="1.0.0")
    assert client.push(folder, model="folder", bump="minor").version == "1.1.0"


def test_a_second_push_of_a_folder_sends_no_byte(client: Client, tmp_path: Path) -> None:
    folder, seen = tmp_path / "table", [Progress("none", 0, 0)]
    folder.mkdir()
    (folder / "model.onnx").write_bytes(onnx_files.lookup(range(300_000)))  # more than is hashed whole
    (folder / "rows.csv").write_text("a,b\n" + "1,2\n" * 400_000)
    for name in ("notes.txt", "copy.txt"):
        (folder / name).write_text("the same")
    (folder / "empty.txt").touch()
    first = client.push(folder, model="first", version="1.0.0")

    second = client.push(folder, model="second", version="1.0.0", publish=True, progress=seen.append)

    assert (second.state, second.digest) == ("published", first.digest)
    sending = [each for each in seen if each.phase == "sending"]
    assert (sending[-1].done, {each.rate for each in sending}) == (first.total_size, {0.0})
    client.models.delete("first")
    pulled = client.pull("second", to=tmp_path / "copy", cache_dir=tmp_path / "cache")
    for path in folder.iterdir():
        assert (pulled.path / path.name).read_bytes() == path.read_bytes()


def test_a_folder_whose_push_broke_off_goes_on(client: Client, tmp_path: Path) -> None:
    paths = ["model.onnx", *(f"{n}.txt" for n in range(30))]
    for path in paths:
        (tmp_path / path).write_text(path)
    (tmp_path / "model.onnx").write_bytes(onnx_files.largest_of_four())
    model = client.models.create("broken", "onnx", version="1.0.0")
    declared = [hashed(file, "model.onnx").declared() for file in files_of(tmp_path)]
    begun = client.uploads.start_set(model.id, "1.0.0", declared)
    url = begun.urls[0]
    assert url.path is not None
    httpx2.put(url.url, content=(tmp_path / url.path).read_bytes(), headers=url.headers).raise_for_status()
    seen = [Progress("none", 0, 0)]

    version = client.push(tmp_path, model="broken", version="1.0.0", progress=seen.append)

    assert (version.state, version.file_count) == ("ready", 31)
    assert client.uploads.get(begun.upload_id).state == "completed"
    first = next(each for each in seen if each.phase == "sending" and each.done)
    assert first.done == len((tmp_path / url.path).read_bytes())


def test_a_refused_file_and_a_taken_number_are_errors_of_their_own(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text("{}")
    with pytest.raises(errors.ValidationFailed, match="the file is a JSON text, and no model"):
        client.push(path, model="refused", version="1.0.0")
    with pytest.raises(errors.AlreadyExists) as caught:
        client.models.create("refused", "onnx")
    assert (caught.value.field, caught.value.rule) == ("name", "unique")


def test_processes_that_share_a_login_refresh_it_once(
    local_stack: RunningStack, email: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has tokens that look old, and only the first one may show the refresh token."""
    monkeypatch.setenv("MAAS_CONFIG_DIR", str(tmp_path))
    logins = [login_of(Settings("default", local_stack.url, "file")) for _ in range(4)]
    with Client(local_stack.url, store=logins[0]) as first:
        first.auth.register(email, PASSWORD)
        first.auth.login(email, PASSWORD)
    old = logins[0].load()
    assert old
    logins[0].save(type(old)(old.access, old.refresh, old.issued, old.issued))
    clients = [Client(local_stack.url, store=login) for login in logins]
    with ThreadPoolExecutor(4) as pool:
        names = [user.email for user in pool.map(lambda client: client.account.me(), clients)]
    for client in clients:
        client.close()
    new = logins[0].load()
    assert names == [email] * 4
    assert new
    assert new.refresh != old.refresh
