"""Heads that were kept outside of MaaS, and their signatures."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from maas_client.audit_log.chain import START, Head
from maas_client.errors import NotVerified
from maas_client.local_files import read_text

# The `typ` of a head's signature: the same keys sign access tokens.
_TYPE = "maas-audit-head+jws"
_FIELDS = {"organization": str, "sequence": int, "hash": str}


def read_head(path: Path) -> dict[str, Any]:
    """Returns the head of a file, as `maas audit head --json` writes it. Raises NotVerified, MissingFile."""
    return checked_head(_json(path), str(path))


def read_keys(path: Path) -> dict[str, Any]:
    """Returns the public keys of a file, as /.well-known/jwks.json has them. Raises NotVerified, MissingFile."""
    found = _json(path)
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise NotVerified(f"{path} is not a set of keys")
    return found


def checked_head(head: Any, name: str) -> dict[str, Any]:
    """Returns the head. Raises NotVerified if it is none, or if its signature is for another one."""
    if not isinstance(head, dict) or any(type(head.get(field)) is not kind for field, kind in _FIELDS.items()):
        raise NotVerified(f"{name} is not a head")
    if head["sequence"] < 0 or (head["sequence"] == 0 and head["hash"] != START):
        raise NotVerified(f"{name} is not a head: there is no record {head['sequence']} with its hash")
    if head.get("signature"):
        signed = _payload(str(head["signature"]), name)
        if any(signed.get(field) != head[field] for field in _FIELDS):
            raise NotVerified(f"{name}: the signature is for another head")
    return head


def kept(heads: Sequence[Mapping[str, Any]]) -> list[Head]:
    """Returns the heads for a verification. Raises NotVerified if they are of several organizations."""
    if len({head["organization"] for head in heads}) > 1:
        raise NotVerified("the heads are of several organizations")
    return [Head(head["organization"], head["sequence"], head["hash"]) for head in heads]


def can_verify_signatures() -> bool:
    """Returns whether the extra `audit` is installed."""
    try:
        import cryptography.hazmat.primitives.asymmetric.ed25519  # noqa: F401
    except ImportError:
        return False
    return True


def verify_signatures(heads: Sequence[Mapping[str, Any]], keys: Mapping[str, Any]) -> None:
    """Raises NotVerified unless one of the keys (RFC 7517, Ed25519) has signed each head."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise NotVerified("signatures need cryptography: pip install 'maas-client[audit]'") from None
    try:
        known = {key["kid"]: Ed25519PublicKey.from_public_bytes(_decoded(key["x"])) for key in keys["keys"]}
    except (KeyError, ValueError, TypeError):
        raise NotVerified("the keys are not Ed25519 keys") from None
    for head in heads:
        signed, _, signature = str(head.get("signature", "")).rpartition(".")
        try:
            header = json.loads(_decoded(signed.partition(".")[0]))
            if header["typ"] != _TYPE:
                raise InvalidSignature
            known[header["kid"]].verify(_decoded(signature), signed.encode())
        except (KeyError, ValueError, TypeError, RecursionError, InvalidSignature):
            raise NotVerified(f"no key has signed the head of record {head['sequence']}") from None


def _payload(jws: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(_decoded(jws.split(".")[1]))
    except (ValueError, IndexError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotVerified(f"{name}: the signature is not a JWS")
    return found


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _json(path: Path) -> Any:
    try:
        return json.loads(read_text(path))
    except (ValueError, RecursionError):
        raise NotVerified(f"{path} is not JSON") from None
