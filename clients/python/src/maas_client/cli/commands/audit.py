"""`maas audit`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from maas_client.audit_log import files, heads
from maas_client.cli.operations import App, limit_option, operation, page_size
from maas_client.errors import NotVerified
from maas_client.local_files import writable

_RECORDS = ("time", "action", "object", "changed", "by", "sequence")
_KEYS = "jwks.json"


@click.group()
def audit() -> None:
    """The audit log: who changed what."""


@operation(audit, "list", "maas audit list --action ModelCreated --limit 10")
@click.option("--actor", help="The id of a member or service account.")
@click.option("--action", help="A type of event, such as ModelCreated.")
@click.option("--object", "object_", help="An object and all below it, such as model/ID.")
@click.option("--since", type=click.DateTime(), help="The earliest time, in UTC.")
@limit_option
def list_records(
    app: App, actor: str | None, action: str | None, object_: str | None, since: datetime | None, limit: int
) -> None:
    """List records, the newest first."""
    start = since and since.replace(tzinfo=timezone.utc)
    found = app.client.audit.list(actor=actor, action=action, object_=object_, start=start, limit=page_size(limit))
    app.output.records(islice(found, limit), _RECORDS, key="id")


@operation(audit, "head", "maas audit head --json")
def head(app: App) -> None:
    """Show the signed head of the log, to be kept elsewhere."""
    app.output.record(app.client.audit.head(), key="hash")


@operation(audit, "export", "maas audit export kept/audit")
@click.argument("folder", type=click.Path(path_type=Path))
def export(app: App, folder: Path) -> None:
    """Fetch the whole log, its signed head and the public keys into a folder. A later run fetches what is new."""
    head = app.client.audit.head()  # before the log, which may grow meanwhile
    log = app.client.audit.download(folder)
    file = folder / f"head-{head.sequence:012}.json"
    with writable(file):
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(head.model_dump_json() + "\n")
        (folder / _KEYS).write_text(app.client.auth.keys().model_dump_json() + "\n")
    app.output.values(folder=str(folder), files=len(log), records=head.sequence, head=str(file))


@operation(
    audit,
    "verify",
    "maas audit verify",
    "maas audit verify --head kept-head.json",
    "maas audit verify kept/audit",
)
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--head", "kept", multiple=True, type=click.Path(path_type=Path), help="A head that was kept outside.")
@click.option("--jwks", type=click.Path(path_type=Path), help="The public keys; default: those of FOLDER or server.")
@click.option("--partial", is_flag=True, help="Accept a log that begins later than with record 1.")
@click.option("--without-head", is_flag=True, help="Accept that nobody sees a missing end, or a log computed anew.")
def verify(
    app: App, folder: Path | None, kept: tuple[Path, ...], jwks: Path | None, partial: bool, without_head: bool
) -> None:
    """Verify the chain of the log against signed heads: of the server, or of a FOLDER that `export` has made.

    The first record that was changed is named, with the kind of the change. A head that was kept outside of MaaS shows
    what its operator has changed since then.
    """
    known = [heads.read_head(path) for path in kept]
    with _source(app, folder) as (log, found, keys):
        known += found
        if not known and not without_head:
            raise NotVerified("there is no head: give --head FILE, or --without-head")
        keys = heads.read_keys(jwks) if jwks else keys
        signed = bool(known) and keys is not None and (jwks is not None or heads.can_verify_signatures())
        if signed and keys is not None:
            heads.verify_signatures(known, keys)
        verified = files.verify([log], known, partial=partial)
    app.output.values(
        intact=True,
        organization=verified.head.organization,
        first=verified.first,
        last=verified.head.sequence,
        hash=verified.head.hash,
        heads=verified.heads,
        signatures="verified"
        if signed
        else "not verified: pip install 'maas-client[audit]'"
        if keys
        else "not verified",
    )


@contextmanager
def _source(app: App, folder: Path | None) -> Iterator[tuple[Path, list[dict[str, Any]], dict[str, Any] | None]]:
    """Yields a folder with the log, its heads and the keys: of an export, or fetched for this one command."""
    if folder is not None:
        keys = folder / _KEYS
        found = [heads.read_head(path) for path in sorted(folder.glob("head*.json"))]
        yield folder, found, heads.read_keys(keys) if keys.exists() else None
        return
    with TemporaryDirectory(prefix="maas-audit-") as fetched:
        head = app.client.audit.head()  # before the log, which may grow meanwhile
        app.client.audit.download(fetched)
        checked = heads.checked_head(json.loads(head.model_dump_json()), "the server's head")
        yield Path(fetched), [checked], app.client.auth.keys().model_dump()
