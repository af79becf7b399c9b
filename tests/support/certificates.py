"""A certificate authority for tests: trustme, with its certificates written to files."""

from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)


@dataclass(frozen=True)
class Pair:
    """The files of a certificate and its private key."""

    certificate: Path
    key: Path

    def pem(self) -> tuple[bytes, bytes]:
        """Returns key and certificate, in the order that gRPC's client takes them."""
        return self.key.read_bytes(), self.certificate.read_bytes()


class Authority:
    """A CA that writes its own certificate and all that it issues to one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._ca = trustme.CA()
        self.certificate = folder / "ca.crt"
        self._ca.cert_pem.write_to_path(self.certificate)

    @property
    def roots(self) -> str:
        return self.certificate.read_text()

    def issue(self, name: str, *hosts: str, password: str = "") -> Pair:
        """Writes `<name>.crt` and `<name>.key` for `hosts`; the default host is localhost."""
        issued = self._ca.issue_cert(*(hosts or ("localhost",)))
        pair = Pair(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        issued.cert_chain_pems[0].write_to_path(pair.certificate)
        key = issued.private_key_pem.bytes()
        pair.key.write_bytes(_encrypted(key, password) if password else key)
        return pair


def _encrypted(key: bytes, password: str) -> bytes:
    protection = BestAvailableEncryption(password.encode())
    return load_pem_private_key(key, None).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)
