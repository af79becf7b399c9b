"""`maas push`, `maas pull` and `maas verify`."""

import json
from pathlib import Path
from typing import Any

import click

from maas_client.cli.completions import model_names
from maas_client.cli.operations import App, operation
from maas_client.cli.python_objects import example_of, is_object, loaded
from maas_client.errors import CorruptCache, CorruptDownload, FileError
from maas_client.local_files import read_text, sha256_of
from maas_client.references import Reference
from maas_client.transfer.cache import Cache
from maas_client.transfer.folders import files_of

_OF_OBJECTS = ("example", "class_names", "tolerance")
_BUMPS = click.Choice(["major", "minor", "patch", "prerelease"])


class _Json(click.ParamType[Any]):
    """A JSON object, or `@` and the name of a file that has one."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            found = json.loads(read_text(Path(value[1:])) if value.startswith("@") else value)
        except (ValueError, FileError) as error:
            self.fail(f"{value!r} is not a JSON object: {error}", param, ctx)
        return found if isinstance(found, dict) else self.fail("must be a JSON object", param, ctx)


class _Words(click.ParamType[list[str]]):
    """Words between commas."""

    name = "words"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        words = [word.strip() for word in value.split(",")]
        return words if all(words) else self.fail("must be words with commas between them", param, ctx)


@operation(
    None,
    "push",
    "maas push iris.onnx iris:1.0.0 --publish",
    "maas push iris.onnx iris --bump minor --changelog 'New data.'",
    "maas push iris/ iris:2.0.0 --main model.onnx",
    "maas push train.py:model iris:2.1.0 --example flowers.csv",
    """maas push iris.onnx iris:2.2.0 --metadata '{"feature_names": ["a", "b", "c", "d"]}' --baseline flowers.csv""",
)
@click.argument("source", type=click.Path())
@click.argument("reference", shell_complete=model_names)
@click.option("--bump", type=_BUMPS, help="Take the next number in place of one behind the model.")
@click.option("--publish", is_flag=True, help="Publish it once it is checked.")
@click.option("--force-reason", help="Publish it although it breaks callers, for this reason.")
@click.option("--replace", is_flag=True, help="Give up another upload, or a file that is not published.")
@click.option("--changelog")
@click.option("--metadata", type=_Json(), help="A JSON object, or @FILE.")
@click.option("--metrics", type=_Json(), help="A JSON object of numbers, or @FILE.")
@click.option("--model-card", type=click.Path(path_type=Path), help="A Markdown file.")
@click.option("--main", help="The file of a folder that is served; default: its only model.")
@click.option("--framework", help="The framework of a model that is new; default: onnx.")
@click.option("--example", help="Rows for an object: a file of CSV, JSON or Parquet, or FILE.py:NAME.")
@click.option("--baseline", help="Rows to tell drift from: a file of CSV, JSON or Parquet, or FILE.py:NAME.")
@click.option("--class-names", type=_Words(), help="The words for an object's classes 0, 1, ..., with commas.")
@click.option("--tolerance", type=click.FloatRange(0), help="By how much the file may differ from an object.")
@click.option("--parallel", type=click.IntRange(1, 64), default=4, show_default=True, help="Parts at once.")
def push(app: App, source: str, reference: str, model_card: Path | None, bump: str | None, **given: Any) -> None:
    """Make a file or a folder a version of a model. A push that broke off goes on where it stopped.

    SOURCE may also be a model that a Python file makes, as FILE.py:NAME. The file is run, and the model converted to
    ONNX and compared on the --example.
    """
    found = Reference.parse(reference)
    if (found.ref is None) == (bump is None):
        raise click.UsageError(f"name the version ({found.model}:1.0.0), or give --bump")
    card = read_text(model_card) if model_card else None
    model = _model_of(source, given)
    if given["baseline"] is not None:
        given["baseline"] = example_of(given["baseline"])
    with app.output.progress() as progress:
        version = app.client.push(
            model, model=found.model, version=found.ref, bump=bump, model_card=card, progress=progress, **given
        )
    app.output.record(version, key="version")


def _model_of(source: str, given: dict[str, Any]) -> Any:
    """Returns the path, or the object of a Python file; the example becomes the data themselves."""
    if not is_object(source):
        if named := [name for name in _OF_OBJECTS if given[name] is not None]:
            raise click.UsageError(f"--{named[0].replace('_', '-')} is for objects of a Python file (FILE.py:NAME)")
        return Path(source)
    if given["example"] is None:
        raise click.UsageError("give --example: some rows of data, on which the model and its file are compared")
    model = loaded(source)
    given["example"] = example_of(given["example"])
    return model


@operation(None, "pull", "maas pull iris@production --to .", "maas pull iris:^1 --dry-run")
@click.argument("reference", shell_complete=model_names)
@click.option("--to", type=click.Path(path_type=Path), help="A file or a folder; default: the cache alone.")
@click.option("--dry-run", is_flag=True, help="Tell what would be fetched.")
@click.option("--parallel", type=click.IntRange(1, 64), default=4, show_default=True, help="Ranges at once.")
def pull(app: App, reference: str, to: Path | None, dry_run: bool, parallel: int) -> None:
    """Fetch the files of a version, and check their SHA-256. Several files keep their paths below the folder --to."""
    found = Reference.parse(reference)
    with app.output.progress() as progress:
        pulled = app.client.pull(found.model, found.ref, to=to, dry_run=dry_run, parallel=parallel, progress=progress)
    shown = {name: value for name, value in vars(pulled).items() if name != "files"}
    if len(pulled.files) == 1:
        app.output.values(**shown)
    else:
        app.output.records(pulled.files, ("path", "size", "sha256", "place"), key="path")


@operation(None, "verify", "maas verify", "maas verify iris.onnx iris:1.0.0", "maas verify iris/ iris:2.0.0")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.argument("reference", required=False)
def verify(app: App, path: Path | None, reference: str | None) -> None:
    """Check the files of the cache, or that a file or a folder is the one of a version."""
    if path is None:
        _verify_cache(app)
        return
    if reference is None:
        raise click.UsageError("name the version that the file should be: maas verify FILE iris:1.0.0")
    found = Reference.parse(reference)
    ref = found.ref or app.client.models.get(found.model).default_ref
    if path.is_dir():
        _verify_folder(app, path, found.model, ref)
        return
    expected, digest = app.client.versions.get(found.model, ref), sha256_of(path)
    if digest != expected.sha256:
        raise CorruptDownload(f"{path} is not the file of version {expected.version}: its SHA-256 is {digest}")
    app.output.values(sha256=digest, version=expected.version, intact=True)


def _verify_folder(app: App, folder: Path, model: str, ref: str) -> None:
    """Compares the files of a folder with the manifest of a version. Raises CorruptDownload with what differs."""
    manifest = app.client.versions.files(model, ref)
    expected, found = {file.path: file for file in manifest.files}, {file.path: file for file in files_of(folder)}
    wrong = [f"{path} is missing" for path in expected.keys() - found.keys()]
    wrong += [f"{path} is not of the version" for path in found.keys() - expected.keys()]
    for path in expected.keys() & found.keys():
        file = expected[path]
        if found[path].size != file.size or sha256_of(found[path].source) != file.sha256:
            wrong.append(f"{path} has other bytes")
    if wrong:
        more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise CorruptDownload(f"{folder} is not {model}:{ref}: {', '.join(sorted(wrong)[:3])}{more}")
    app.output.values(digest=manifest.digest, files=len(expected), intact=True)


def _verify_cache(app: App) -> None:
    broken = 0
    for file in Cache().verify():
        app.output.values(sha256=file.sha256, size=file.size, intact=file.intact, path=file.path)
        broken += not file.intact
    if broken:
        raise CorruptCache(f"{broken} file(s) of the cache are not what was stored: delete them, then pull again")
