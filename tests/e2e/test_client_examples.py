"""Every example of the helps of `maas`, run against a stack in one story."""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from local.mailbox import invitation_token
from maas_client import Client
from tests.e2e.client_story import STORY
from tests.samples import onnx_files
from tests.support.cli import Cli, Done, examples
from tests.support.oidc_issuer import OidcIssuer, oidc_issuer
from tests.support.stack_users import PASSWORD
from tests.support.stacks import RunningStack
from tests.support.waiting import until

pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(400)]


_TRAIN = "from sklearn import linear_model as m\nmodel = m.LinearRegression().fit([[1, 2, 3, 4], [5, 6, 7, 9]], [1, 2])"


@pytest.fixture
def issuer() -> Iterator[OidcIssuer]:
    with oidc_issuer("ES256") as issuer:
        yield issuer


def test_every_example_is_part_of_the_story() -> None:
    example = {line.replace("URL", "https://maas.example.com").replace("EMAIL", "ada@example.com") for line in STORY}
    assert set(examples()) <= example


def test_every_example_of_the_command_line_works(
    local_stack: RunningStack,
    issuer: OidcIssuer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    maas = Cli.in_folder(tmp_path, capsys, monkeypatch)
    (tmp_path / "iris.onnx").write_bytes(onnx_files.largest_of_four())
    (tmp_path / "iris").mkdir()
    texts = {"iris/README.md": "# Iris", "train.py": _TRAIN, "rows.ndjson": "[5.1, 3.5, 1.4, 0.2]\n"}
    texts |= {"feedback.csv": "key,label\norder-7,0\norder-8,3\n", "flowers.csv": "a,b,c,d\n5.1,3.5,1.4,0.2\n1,2,3,4\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "iris" / "model.onnx").write_bytes(onnx_files.largest_of_four())
    (tmp_path / "counter.onnx").write_bytes(onnx_files.counter())
    parquet.write_table(pa.table({name: [1.0, 2.0] for name in "abcd"}), tmp_path / "flowers.parquet")
    values = {"ISSUER_URL": issuer.url, "URL": local_stack.url, "EMAIL": f"{secrets.token_hex(6)}@example.com"}
    for written in STORY:
        line = re.sub("|".join(values), lambda found: values[found[0]], written)
        name, colon, command = line.partition(": ")
        if command in _MADE:
            maas.variables[name] = _MADE[command](maas, local_stack)
            continue
        made = colon != "" and name.isupper()
        if "maas auth exchange" in line:
            _give_id_token(maas, issuer, tmp_path)
        done = _done(maas, command if made else line.removeprefix("# "))
        assert done.status == 0, f"{line}: {done.err}"
        if made:
            maas.variables[name] = done.out.split()[0]
        if line == "maas audit head --json":
            (tmp_path / "kept-head.json").write_text(done.out)
        if line.endswith("--format csv"):
            assert [row.split(",")[0] for row in done.out.splitlines()] == ["prediction", "0", "3"]


def _joined(maas: Cli, local_stack: RunningStack) -> str:
    """A member who has joined by an invitation; its id."""
    email = f"{secrets.token_hex(6)}@example.com"
    made = json.loads(maas(f"maas users invite {email} --role developer").out)
    token = invitation_token(made, Path(local_stack.ready["mailbox"]))
    with Client(local_stack.url) as client:
        client.auth.register(email, PASSWORD, invitation=token)
        return client.auth.login(email, PASSWORD).id


def _organization(maas: Cli, local_stack: RunningStack) -> str:
    return str(json.loads(maas("maas auth whoami").out)["tenant_id"])


def _shared(maas: Cli, local_stack: RunningStack) -> str:
    """A model of another organization, which has given this one a role on it; its id."""
    email = f"{secrets.token_hex(6)}@example.com"
    with Client(local_stack.url) as client:
        client.auth.register(email, PASSWORD)
        client.auth.login(email, PASSWORD)
        model = client.models.create("shared", "onnx")
        client.grants.set(model.id, _organization(maas, local_stack), "viewer", "organization")
    return model.id


def _predicted(_maas: Cli, local_stack: RunningStack) -> str:
    """A prediction, whose feedback may come before it is kept; its id."""
    with Client(local_stack.url) as client:  # with the login of the story
        return client.inference.predict("iris", [5.1, 3.5, 1.4, 0.2], key="order-7").prediction_id


def _endless(maas: Cli, local_stack: RunningStack) -> str:
    """A job that does not end by itself; its id."""
    assert maas("maas push counter.onnx counter:1.0.0 --publish").status == 0
    made = maas(f"""maas jobs submit counter '{{"x": {2**62}}}' -q""")
    assert made.status == 0, made.err
    return made.out.strip()


def _done(maas: Cli, command: str) -> Done:
    if command != "maas audit verify":
        return maas(command)
    # Records arrive some seconds after what they tell of.
    found: Done = until(lambda: done if (done := maas(command)).status == 0 else None, 60)
    return found


def _give_id_token(maas: Cli, issuer: OidcIssuer, folder: Path) -> None:
    """Puts an ID token where the examples look for one."""
    token = issuer.token("ES256", aud=f"maas:{maas.variables['ORGANIZATION_ID']}")
    (folder / "id-token.txt").write_text(f"{token}\n")
    maas.patch.setenv("ID_TOKEN", token)


_MADE: dict[str, Callable[[Cli, RunningStack], str]] = {
    "_endless": _endless,
    "_joined": _joined,
    "_predicted": _predicted,
    "_organization": _organization,
    "_shared": _shared,
}
