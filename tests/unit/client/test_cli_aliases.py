"""Commands about an alias take it as `iris@production` or as `iris production`, and nothing in between."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.shell_completion import ShellComplete

from maas_client.cli.app import cli
from tests.support.cli import Cli
from tests.support.client_api import MODEL, MODEL_ID, FakeApi, page

ALIAS = {"alias": "production", "version": "1.0.0", "moved_at": MODEL["created_at"], "revision": 1}
PATH = f"/api/v1/models/{MODEL_ID}/aliases/production"


@pytest.fixture
def maas(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli.in_folder(tmp_path, capsys, monkeypatch)


def _api(maas: Cli) -> FakeApi:
    def answer(request: httpx2.Request) -> Any:
        return page() if request.url.path.endswith("/history") else ALIAS

    api = FakeApi(answer)
    maas.serve(httpx2.MockTransport(api))
    return api


@pytest.mark.parametrize("place", [f"{MODEL_ID}@production", f"{MODEL_ID} production"])
@pytest.mark.parametrize(
    ("line", "method", "path"),
    [
        ("alias set {} 1.0.0", "PUT", PATH),
        ("alias set {} ^1 --move", "PUT", PATH),
        ("alias history {}", "GET", f"{PATH}/history"),
        ("alias rollback {} --reason why", "POST", f"/api/v1/models/{MODEL_ID}/rollback"),
        ("alias delete {} --yes", "DELETE", PATH),
        ("rollout history {}", "GET", f"{PATH}/history"),
    ],
)
def test_an_alias_is_named_by_a_reference_or_by_two_words(
    maas: Cli, line: str, method: str, path: str, place: str
) -> None:
    api = _api(maas)
    assert maas(f"maas {line.format(place)}").status == 0
    assert (api.requests[-1].method, api.requests[-1].url.path) == (method, path)


def test_the_owner_of_a_model_may_have_an_at(maas: Cli) -> None:
    assert maas("maas alias history me@example.com/iris").err.startswith("maas: 'me@example.com/iris' has no alias")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("set iris@production production 1.0.0", "name the alias once, and what follows it"),
        ("set iris@production", "write maas alias set iris@production VERSION"),
        ("set iris production", "write maas alias set iris@production VERSION"),
        ("set iris 1.0.0", "'iris' has no alias: write maas alias set iris@production VERSION"),
        ("set iris:1.0.0 production", "write maas alias set iris@production VERSION"),
        ("set iris@production:1.0.0", "has no alias"),
        ("set iris @production 1.0.0", "'iris' has no alias"),
        ("set iris production@1 1.0.0", "'iris' has no alias"),
        ("set @production 1.0.0", "'@production' has no alias"),
        ("history iris", "write maas alias history iris@production"),
        ("history iris@", "'iris@' has no alias"),
        ("history iris:production", "write maas alias history iris@production"),
        ("rollback iris@production 1.0.0", "write maas alias rollback iris@production"),
        ("delete iris@staging production --yes", "write maas alias delete iris@production"),
    ],
)
def test_a_mixture_is_one_line_that_tells_what_to_write(maas: Cli, line: str, words: str) -> None:
    api = _api(maas)
    done = maas(f"maas alias {line}")
    assert (done.status, done.out, done.err.count("\n"), api.requests) == (2, "", 1, [])
    assert words in done.err


def test_a_shell_completes_the_first_word_alone(maas: Cli) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: page(MODEL))))
    shell = ShellComplete(cli, {}, "maas", "_MAAS_COMPLETE")
    assert [item.value for item in shell.get_completions(["alias", "set"], "ir")] == ["iris"]
    assert shell.get_completions(["alias", "set", "iris"], "pro") == []
