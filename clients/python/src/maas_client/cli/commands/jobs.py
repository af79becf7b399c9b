"""`maas jobs`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from maas_client.answers import Job, JobFile
from maas_client.cli.completions import model_names
from maas_client.cli.operations import App, limit_option, operation, page_size
from maas_client.cli.rows import FORMATS, given_rows, read_rows
from maas_client.errors import MaasError
from maas_client.job_files.tables import CSV, NDJSON, PARQUET
from maas_client.local_files import writable
from maas_client.references import Reference

_COLUMNS = ("created_at", "state", "percent", "model_name", "version", "rows", "failed_rows", "id")
_STATES = ("queued", "running", "succeeded", "failed", "cancelled", "expired")


class JobFailed(MaasError):
    """A job has ended without success."""


@click.group()
def jobs() -> None:
    """Jobs: predictions that run in the background, also of whole files."""


@operation(
    jobs,
    "submit",
    "maas jobs submit iris '[5.1, 3.5, 1.4, 0.2]' --wait",
    "maas jobs submit iris@production --file flowers.csv --as-lists",
    "maas jobs submit iris --file rows.ndjson --priority low --expires-in 604800 -q",
    "maas jobs submit iris:1.1.0 --file-of $JOB_ID --wait",
)
@click.argument("reference", shell_complete=model_names)
@click.argument("values", required=False)
@click.option(
    "--file", "path", type=click.Path(path_type=Path), help="A file of rows: CSV, NDJSON, JSON or Parquet, 1 GiB."
)
@click.option("--file-of", "earlier", metavar="JOB_ID", help="Take the file of an earlier job, without a new upload.")
@click.option("--file-format", type=click.Choice(FORMATS), help="Default: by the file's name.")
@click.option(
    "--as-lists", is_flag=True, help="Take the values of CSV or Parquet in their order, without the columns' names."
)
@click.option("--by-input", is_flag=True, help="VALUES is one object, with the array of each input by its name.")
@click.option("--output", "outputs", multiple=True, help="An output to compute; the first one is the prediction.")
@click.option("--priority", type=click.Choice(["normal", "low"]))
@click.option("--expires-in", type=int, help="Seconds in which the job must end; default: a day.")
@click.option("--call-timeout", type=float, help="Seconds that a call of the model may take.")
@click.option("--wait", "waits", is_flag=True, help="Wait for the end, and fail unless it is a success.")
def submit(
    app: App,
    reference: str,
    values: str | None,
    path: Path | None,
    earlier: str | None,
    file_format: str | None,
    as_lists: bool,
    by_input: bool,
    outputs: tuple[str, ...],
    priority: str | None,
    expires_in: int | None,
    call_timeout: float | None,
    waits: bool,
) -> None:
    """Make a job. VALUES is one row or a list of rows, as JSON; -q writes the job's id alone."""
    if sum(each is not None for each in (values, path, earlier)) != 1:
        raise click.UsageError("give the values, --file or --file-of")
    if by_input and values is None:
        raise click.UsageError("--by-input is for values, and not for a file")
    found, client = Reference.parse(reference), app.client.jobs
    options: dict[str, Any] = {"version": found.ref, "outputs": outputs or None, "priority": priority}
    options |= {"expires_in": expires_in, "call_timeout": call_timeout}
    file = path or (earlier and _file_of(app, earlier))
    if file:
        with _taken(file, file_format) as (sent, kind):
            job = client.submit_file(found.model, sent, file_format=kind, as_lists=as_lists or None, **options)
    else:
        asked = given_rows(values or "", by_input=by_input).question()
        job = client.submit(found.model, **asked, **options)
    if app.output.quiet or not waits:
        _show(app, job)
    if waits:
        app.output.done(f"waiting for the job {job.id}")
        job = _waited(app, job.id)
        if not app.output.quiet:
            _show(app, job)
        _succeeded(job)


@operation(jobs, "list", "maas jobs list --state running", "maas jobs list -q")
@click.option("--state", type=click.Choice(_STATES))
@click.option("--model-id", help="The id of a model, or its name.")
@limit_option
def list_jobs(app: App, state: str | None, model_id: str | None, limit: int) -> None:
    """List your jobs, the newest first."""
    found = app.client.jobs.list(state=state, model_id=model_id, limit=page_size(limit))
    app.output.records(islice(found, limit), _COLUMNS, key="id")


@operation(jobs, "show", "maas jobs show $JOB_ID")
@click.argument("job_id")
def show(app: App, job_id: str) -> None:
    """Show a job."""
    _show(app, app.client.jobs.get(job_id))


@operation(jobs, "wait", "maas jobs wait $JOB_ID", "maas jobs wait $JOB_ID --seconds 600")
@click.argument("job_id")
@click.option("--seconds", type=float, help="How long at most; the job goes on after that.")
def wait(app: App, job_id: str, seconds: float | None) -> None:
    """Wait for the end of a job, and fail unless it is a success."""
    job = _waited(app, job_id, seconds)
    _show(app, job)
    _succeeded(job)


@operation(jobs, "cancel", "maas jobs cancel $JOB_ID")
@click.argument("job_id")
def cancel(app: App, job_id: str) -> None:
    """Cancel a job that has not ended."""
    _show(app, app.client.jobs.cancel(job_id))


@operation(
    jobs,
    "result",
    "maas jobs result $JOB_ID --to predictions.ndjson",
    "maas jobs result $JOB_ID --to predictions.csv",
    "maas jobs result $JOB_ID",
)
@click.argument("job_id")
@click.option("--to", "path", type=click.Path(path_type=Path, dir_okay=False), help="A file for the whole result.")
@click.option(
    "--format", "file_format", type=click.Choice([NDJSON, CSV, PARQUET]), help="Default: by the file's name, or NDJSON."
)
def result(app: App, job_id: str, path: Path | None, file_format: str | None) -> None:
    """Write the result of a job to a file, or the answer to inline values to the terminal.

    The command fails unless the job has succeeded.
    """
    if path is not None:
        _write(app, job_id, path, file_format)
        return
    job = app.client.jobs.get(job_id)
    if not job.has_ended:
        raise JobFailed(f"the job {job.id} is {job.state}: it has no result yet")
    _succeeded(job)
    if job.result is None:
        raise click.UsageError("the result is not shown here: give --to")
    click.echo(json.dumps(job.result))


def _write(app: App, job_id: str, path: Path, file_format: str | None) -> None:
    app.client.jobs.download(job_id, path, file_format=file_format)
    job = app.client.jobs.get(job_id)
    failed = f"; {job.failed_rows} of its {job.rows} rows have an error" if job.failed_rows else ""
    app.output.done(f"wrote {path}{failed}")
    _succeeded(job)


@contextmanager
def _taken(file: Path | JobFile, kind: str | None) -> Iterator[tuple[Path | JobFile, str | None]]:
    """Yields a file that jobs take, and its format: that of JSON becomes NDJSON, a row a line."""
    if isinstance(file, JobFile) or (kind or file.suffix.lower()) not in {"json", ".json"}:
        yield file, kind
        return
    rows = read_rows(str(file), "json", as_lists=False)
    with TemporaryDirectory(prefix="maas-") as folder:
        lines = Path(folder) / "rows.ndjson"
        with writable(lines), lines.open("w", encoding="utf-8") as written:
            written.writelines(f"{json.dumps(row)}\n" for row in rows.values)
        yield lines, NDJSON


def _file_of(app: App, job_id: str) -> JobFile:
    file = app.client.jobs.get(job_id).file
    if file is None:
        raise click.UsageError(f"the job {job_id} has values and no file")
    return file


def _waited(app: App, job_id: str, seconds: float | None = None) -> Job:
    with app.output.progress() as draw:
        return app.client.jobs.wait(job_id, timeout=seconds, progress=draw)


def _show(app: App, job: Job) -> None:
    app.output.record(job, key="id")


def _succeeded(job: Job) -> None:
    """Raises JobFailed unless the job is a success."""
    if job.has_ended and job.state != "succeeded":
        reason = f": {job.failure.message}" if job.failure else ""
        raise JobFailed(f"the job {job.id} is {job.state}{reason}")
