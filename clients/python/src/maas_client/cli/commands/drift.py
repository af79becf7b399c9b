"""`maas drift`."""

from pathlib import Path

import click

from maas_client.cli.completions import model_names
from maas_client.cli.operations import App, operation
from maas_client.cli.pictures import draw, png_option
from maas_client.references import Reference

_COLUMNS = ("column", "side", "drifts", "test", "p value", "psi", "violations")


@operation(
    None, "drift", "maas drift iris:1.0.0", "maas drift iris@production --window 7d --baseline given --png drift.png"
)
@click.argument("reference", shell_complete=model_names)
@click.option("--window", default="1h", show_default=True, help="How long before now it begins: 15m, 1h, 7d.")
@click.option("--baseline", type=click.Choice(["given", "first", "previous"]), help="Default: the first that there is.")
@png_option
def drift(app: App, reference: str, window: str, baseline: str | None, png: Path | None) -> None:
    """Tell whether the values of predictions have drifted from the baseline of a version."""
    found = Reference.parse(reference)
    ref = found.ref or app.client.models.get(found.model).default_ref
    report = app.client.monitoring.drift(found.model, ref, window=window, baseline=baseline)
    draw(app.output, png, report, found.model)
    if app.output.as_json or app.output.quiet:
        app.output.record(report, key="outcome")
        return
    shown = {"outcome": report.outcome, "share": report.share, "rows": report.rows, "version": report.version}
    app.output.values(**shown, baseline=report.baseline, baseline_rows=report.baseline_rows)
    rows = [
        [
            each.name,
            each.side,
            "yes" if each.drifts else "",
            each.test,
            f"{each.adjusted:.2g}",
            f"{each.psi:.3f}",
            ", ".join(f"{violation.kind} {violation.rate:.1%}" for violation in each.violations),
        ]
        for each in report.columns
    ]
    if rows:
        app.output.table(_COLUMNS, rows)
