"""The Python client and the command `maas` against a running stack."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local.mailbox import invitation_token
from maas_client import Client, errors
from maas_client.cli.credentials import login_of
from maas_client.cli.settings import Settings
from tests.samples import onnx_files
from tests.support.cli import Cli, examples
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


def test_a_refused_file_and_a_taken_number_are_errors_of_their_own(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text("{}")
    with pytest.raises(errors.ValidationFailed, match="the file is JSON, not ONNX"):
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


# Lines that begin with # prepare something, and those with a name keep what is printed; all others are examples of the
# helps, about another address.
_STORY = """
maas config set api-url URL
maas config set credentials file
maas config list
maas config get api-url
echo 'correct horse battery' | maas auth register --email EMAIL --password-stdin
echo 'correct horse battery' | maas auth login --email EMAIL --password-stdin
maas auth whoami
maas models create iris --framework sklearn --tag flowers
maas models list --tag flowers
maas models list -q
maas models show iris
maas models update iris --description 'Tells irises apart.' --default-ref production
maas models tag iris botany demo
maas models tag iris demo --remove
# maas push iris.onnx iris:1.0.0
maas versions publish iris:1.0.0
maas push iris.onnx iris:1.0.0 --publish
maas push iris.onnx iris --bump minor --changelog 'New data.'
# maas versions publish iris:1.1.0
maas versions list iris
maas versions show iris:^1
maas alias set iris production 1.0.0 --reason 'First release'
maas alias set iris production ^1 --move
maas versions show iris@production
maas alias list iris
maas alias history iris production
maas versions diff iris 1.0.0 1.1.0
maas versions changelog iris
maas predict iris '[5.1, 3.5, 1.4, 0.2]'
maas predict iris@production --input flowers.csv --as-lists --format csv
maas pull iris:^1 --dry-run
maas pull iris@production --to .
maas verify
maas verify iris.onnx iris:1.0.0
maas alias rollback iris production --reason 'Callers miss an output'
# maas alias set iris staging 1.1.0
maas alias delete iris staging --yes
# maas alias set iris production 1.1.0 --move
maas versions deprecate iris:1.0.0
# maas push iris.onnx iris:1.2.0-rc.1
maas versions delete iris:1.2.0-rc.1 --yes
maas keys create app --scope inference:invoke --model iris:^1 -q
KEY_ID: maas keys list -q
maas keys list
maas keys show $KEY_ID
maas keys rotate $KEY_ID --grace 3600 -q
maas keys delete $KEY_ID --yes
maas users invite grace@example.com --role developer -q
INVITATION_ID: maas users invitations -q
maas users invitations
maas users revoke $INVITATION_ID
USER_ID: join
maas users list --state active
maas audit list --action ModelCreated --limit 10
maas audit head --json
maas usage
maas users show $USER_ID
maas users update $USER_ID --role viewer
maas users update $USER_ID --disable
maas users delete $USER_ID --yes
maas models delete iris --yes
maas auth logout
maas completion bash
maas config use staging
""".strip().splitlines()


def test_every_example_of_the_command_line_works(
    local_stack: RunningStack,
    email: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    maas = Cli.in_folder(tmp_path, capsys, monkeypatch)
    (tmp_path / "iris.onnx").write_bytes(onnx_files.largest_of_four())
    (tmp_path / "flowers.csv").write_text("a,b,c,d\n5.1,3.5,1.4,0.2\n1,2,3,4\n")
    assert set(examples()) <= {
        line.replace("URL", "https://maas.example.com").replace("EMAIL", "ada@example.com") for line in _STORY
    }

    for written in _STORY:
        line = written.replace("URL", local_stack.url).replace("EMAIL", email)
        name, colon, command = line.partition(": ")
        if line == "USER_ID: join":
            maas.variables["USER_ID"] = _joined(maas, local_stack)
            continue
        made = colon != "" and name.isupper()
        done = maas(command if made else line.removeprefix("# "))
        assert done.status == 0, f"{line}: {done.err}"
        if made:
            maas.variables[name] = done.out.split()[0]
        if line.startswith("maas predict iris@production"):
            assert [row.split(",")[0] for row in done.out.splitlines()] == ["prediction", "0", "3"]


def _joined(maas: Cli, local_stack: RunningStack) -> str:
    """A member who has joined by an invitation; its id."""
    email = f"{secrets.token_hex(6)}@example.com"
    made = json.loads(maas(f"maas users invite {email} --role developer").out)
    token = invitation_token(made, Path(local_stack.ready["mailbox"]))
    with Client(local_stack.url) as client:
        joined = client.auth.register(email, PASSWORD, invitation=token)
    assert joined
    return joined.id
