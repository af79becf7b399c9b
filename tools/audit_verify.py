"""Verifies an exported audit log against heads that were kept outside of it: docs/api/audit.md.

It needs the standard library alone. With --jwks, signatures of heads are verified by the package `cryptography`.
The exit status is 0 for an intact log, 1 for one that was changed, 2 if it could not be verified.
"""

import argparse
import base64
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from maas.domain.audit.chain import START, Head
from maas.domain.audit.findings import MEANINGS, sentence
from maas.domain.audit.verification import Verification, Verified

INTACT, CHANGED, NOT_VERIFIED = 0, 1, 2
# Bytes of a line: an event has at most 256 KiB.
LINE_MAX = 1024 * 1024
# The `typ` of a head's signature (maas.adapters.signed_heads): the same keys sign access tokens.
HEAD_TYPE = "maas-audit-head+jws"


class NotVerified(Exception):
    """A file can't be read, or is not what it should be."""


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        heads = [_head(path) for path in given.head]
        if not heads and not given.without_head:
            raise NotVerified("--head FILE is missing: without one, nobody sees a missing end, or a log computed anew")
        if len({head["organization"] for head in heads}) > 1:
            raise NotVerified("the heads are of several organizations")
        if given.jwks:
            _verify_signatures(heads, _json(given.jwks))
        kept = [Head(head["organization"], head["sequence"], head["hash"]) for head in heads]
        verified = Verification(kept, partial=given.partial).run(_lines(given.files))
        if not verified.first and not verified.finding:
            raise NotVerified("the files have no record")
    except (NotVerified, OSError) as error:
        print(f"not verified: {error}", file=sys.stderr)
        return NOT_VERIFIED
    print(json.dumps(_report(verified, given)) if given.json else _words(verified, len(heads), signed=bool(given.jwks)))
    return CHANGED if verified.finding else INTACT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="local/audit-verify", description="Verifies an exported audit log.")
    parser.add_argument("files", nargs="+", type=Path, help="segments in their order, or a folder with them")
    parser.add_argument("--head", action="append", default=[], type=Path, help="a head that was kept; may be repeated")
    parser.add_argument("--jwks", type=Path, help="the public keys, to verify the heads' signatures")
    parser.add_argument("--without-head", action="store_true", help="accepts that the end can't be verified")
    parser.add_argument("--partial", action="store_true", help="accepts a log that begins later than with record 1")
    parser.add_argument("--json", action="store_true", help="prints one line of JSON")
    return parser


def _lines(paths: Sequence[Path]) -> Iterator[bytes]:
    """The lines of the files, one at a time; a line that is too long is cut, and so not a record."""
    for path in paths:
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            with file.open("rb") as content:
                while line := content.readline(LINE_MAX):
                    yield line


def _head(path: Path) -> dict[str, Any]:
    """A head as GET /api/v1/audit/head answers it. Raises NotVerified if its signature is for another one."""
    head = _json(path)
    kinds = {"organization": str, "sequence": int, "hash": str}
    if not isinstance(head, dict) or any(type(head.get(name)) is not kind for name, kind in kinds.items()):
        raise NotVerified(f"{path} is not a head")
    if head["sequence"] < 0 or (head["sequence"] == 0 and head["hash"] != START):
        raise NotVerified(f"{path} is not a head: there is no record {head['sequence']} with its hash")
    if "signature" in head:
        signed = _payload(str(head["signature"]))
        if any(signed.get(name) != head[name] for name in kinds):
            raise NotVerified(f"{path}: the signature is for another head")
    return head


def _payload(jws: str) -> dict[str, Any]:
    try:
        found = json.loads(_decoded(jws.split(".")[1]))
    except (ValueError, IndexError, RecursionError):
        raise NotVerified("a signature is not a JWS") from None
    if not isinstance(found, dict):
        raise NotVerified("a signature is not a JWS")
    return found


def _verify_signatures(heads: Sequence[dict[str, Any]], jwks: Any) -> None:
    """Raises NotVerified unless a key of the set has signed each head."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise NotVerified("--jwks needs the package `cryptography`") from None
    try:
        keys = {key["kid"]: Ed25519PublicKey.from_public_bytes(_decoded(key["x"])) for key in jwks["keys"]}
    except (KeyError, ValueError, TypeError):
        raise NotVerified("--jwks is not a set of Ed25519 keys") from None
    for head in heads:
        signed, _, signature = str(head.get("signature", "")).rpartition(".")
        try:
            header = json.loads(_decoded(signed.partition(".")[0]))
            if header["typ"] != HEAD_TYPE:
                raise InvalidSignature
            keys[header["kid"]].verify(_decoded(signature), signed.encode())
        except (KeyError, ValueError, TypeError, RecursionError, InvalidSignature):
            raise NotVerified(f"no key has signed the head of record {head['sequence']}") from None


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise NotVerified(f"{path} is not JSON") from None


def _report(verified: Verified, given: argparse.Namespace) -> dict[str, Any]:
    finding = verified.finding
    return {
        "intact": finding is None,
        "organization": verified.head.organization,
        "first": verified.first,
        "last": verified.head.sequence,
        "hash": verified.head.hash,
        "heads": verified.heads,
        "signatures": "verified" if given.jwks else "not verified",
        "finding": finding and {**asdict(finding), "meaning": MEANINGS[finding.fault]},
    }


def _words(verified: Verified, heads: int, *, signed: bool) -> str:
    finding = verified.finding
    if finding is None:
        signatures = "verified" if signed else "not verified"
        span = f"records {verified.first} to {verified.head.sequence} of {verified.head.organization} are intact"
        return f"{span}; they agree with {verified.heads} of {heads} heads (signatures {signatures})"
    return sentence(finding)


if __name__ == "__main__":
    sys.exit(main())
