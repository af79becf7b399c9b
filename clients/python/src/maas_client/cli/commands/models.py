"""`maas models`."""

from itertools import islice

import click
from pydantic import computed_field

from maas_client.answers import Model
from maas_client.answers.operations import VersionFigures
from maas_client.cli.completions import model_names
from maas_client.cli.operations import App, limit_option, operation, page_size
from maas_client.references import written

_OF_OTHERS = ("reference", "framework", "latest_version", "tags")
_FIGURES = ("version", "calls", "failed", "hit_rate", "cold_starts", "p50_ms", "p99_ms")
_COLUMNS = ("name", "framework", "status", "latest_version", "tags", "updated_at", "id")


class _OfOthers(Model):
    """A model of any organization, with the text that other commands take for it."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def reference(self) -> str:
        return written(self.tenant_id, self.name, self.id)


class _Shown(VersionFigures):
    """The figures of one line of a table; times are those of whole calls."""

    @property
    def failed(self) -> str:
        return ", ".join(f"{number} {code}" for code, number in self.errors.items())

    @property
    def hit_rate(self) -> float | None:
        return self.results.hit_rate

    @property
    def p50_ms(self) -> float | None:
        return self.phases["total"].p50 if "total" in self.phases else None

    @property
    def p99_ms(self) -> float | None:
        return self.phases["total"].p99 if "total" in self.phases else None


@click.group()
def models() -> None:
    """Models: list, create, show, change, delete, tag."""


@operation(models, "list", "maas models list --tag flowers", "maas models list --public", "maas models list -q")
@click.option("--prefix", "q", help="The beginning of names.")
@click.option("--framework", help="pytorch, tensorflow, onnx, sklearn, xgboost or custom.")
@click.option("--status", help="pending, building, ready, ...")
@click.option("--tag", "tags", multiple=True, help="A tag; several: models with all of them.")
@click.option("--public", "visibility", flag_value="public", help="Public models of all organizations.")
@click.option("--shared", "visibility", flag_value="shared", help="Models that other organizations share with you.")
@click.option("--sort", help="name, -name, created_at or -created_at.")
@limit_option
def list_models(
    app: App,
    q: str | None,
    framework: str | None,
    status: str | None,
    tags: tuple[str, ...],
    visibility: str | None,
    sort: str | None,
    limit: int,
) -> None:
    """List models. Those of other organizations are shown as OWNER/name, which other commands take."""
    found = app.client.models.list(
        q=q,
        framework=framework,
        status=status,
        tags=tags,
        visibility=visibility,
        sort=sort,
        limit=page_size(limit),
    )
    shown = islice(found, limit)
    if visibility is None:
        app.output.records(shown, _COLUMNS, key="id")
    else:
        app.output.records((_OfOthers(**dict(each)) for each in shown), _OF_OTHERS, key="id")


@operation(models, "create", "maas models create iris --framework sklearn --tag flowers")
@click.argument("name")
@click.option("--framework", default="onnx", show_default=True)
@click.option("--description")
@click.option("--tag", "tags", multiple=True)
@click.option("--public", is_flag=True, help="Other organizations may read and call it.")
def create(app: App, name: str, framework: str, description: str | None, tags: tuple[str, ...], public: bool) -> None:
    """Create a model."""
    model = app.client.models.create(
        name, framework, description=description, tags=tags or None, is_public=public or None
    )
    app.output.record(model, key="id")


@operation(models, "show", "maas models show iris")
@click.argument("model", shell_complete=model_names)
def show(app: App, model: str) -> None:
    """Show a model."""
    app.output.record(app.client.models.get(model), key="id")


@operation(models, "update", "maas models update iris --description 'Tells irises apart.' --default-ref production")
@click.argument("model", shell_complete=model_names)
@click.option("--name")
@click.option("--description")
@click.option("--default-ref", help="The reference that calls without a version use.")
@click.option("--public/--private", "is_public", default=None)
def update(
    app: App,
    model: str,
    name: str | None,
    description: str | None,
    default_ref: str | None,
    is_public: bool | None,
) -> None:
    """Change a model."""
    changed = app.client.models.update(
        model, name=name, description=description, default_ref=default_ref, is_public=is_public
    )
    app.output.record(changed, key="id")


@operation(models, "tag", "maas models tag iris botany demo", "maas models tag iris demo --remove")
@click.argument("model", shell_complete=model_names)
@click.argument("tags", nargs=-1, required=True)
@click.option("--remove", is_flag=True, help="Take the tags away.")
def tag(app: App, model: str, tags: tuple[str, ...], remove: bool) -> None:
    """Add tags to a model, or remove them."""
    change = app.client.models.remove_tags if remove else app.client.models.add_tags
    app.output.record(change(model, tags), key="id")


@operation(models, "delete", "maas models delete iris --yes")
@click.argument("model", shell_complete=model_names)
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(app: App, model: str, yes: bool) -> None:
    """Delete a model with all its versions."""
    app.confirm(f"Delete the model {model} with all its versions?", yes=yes)
    app.client.models.delete(model)
    app.output.done(f"deleted {model}")


@operation(models, "stats", "maas models stats iris", "maas models stats --minutes 5")
@click.argument("model", required=False, shell_complete=model_names)
@click.option("--minutes", type=click.IntRange(1, 60), default=60, show_default=True)
def stats(app: App, model: str | None, minutes: int) -> None:
    """Show what predictions came to: of a model's versions, or of the organization without MODEL."""
    if model is None:
        found = app.client.usage.stats(minutes=minutes)
        if app.output.as_json and not app.output.quiet:
            app.output.record(found, key="since")
            return
        shown = _Shown(version="", **found.predictions.model_dump())
        figures = {name: getattr(shown, name) for name in _FIGURES[1:]}
        app.output.values(**figures, registry_hit_rate=found.registry.hit_rate)
    else:
        versions = app.client.models.stats(model, minutes=minutes).versions
        app.output.records((_Shown(**each.model_dump()) for each in versions), _FIGURES, key="version")
