"""An exported audit log of 30 records in a folder, which a test may tamper with."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from maas.adapters.signed_heads import SignedHeads
from maas.domain.audit.chain import Head, Record
from maas.domain.ids import new_id
from tests.support.audit_logs import lines, log
from tests.support.signing_keys import keys_of

ORGANIZATION = new_id()
LOG = log(ORGANIZATION, 30)


class Export:
    """A folder with segments, and heads beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "audit"
        self.files.mkdir()
        self.write(LOG)
        self.keys = keys_of("k" * 32)
        self.jwks = self.save("jwks.json", {"keys": [self.keys.signing_key().jwk()]})
        self.head = self.save_head("head.json", Head.of(LOG[-1]))

    def write(self, records: list[Record]) -> None:
        for start in range(0, 30, 10):
            (self.files / f"{start + 1:012}.jsonl").write_bytes(b"".join(lines(records[start : start + 10])))

    def save(self, name: str, value: Any) -> str:
        (self.folder / name).write_text(json.dumps(value))
        return str(self.folder / name)

    def save_head(self, name: str, head: Head, **more: Any) -> str:
        return self.save(name, {**asdict(head), "signature": SignedHeads(self.keys).sign(head), **more})
