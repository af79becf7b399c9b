"""The server's TLS certificate, read from files that may change while it runs; with a client CA, mutual TLS."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from maas.platform.environment import SettingsError
from maas.platform.observability import logger

T = TypeVar("T")
# Modification time in nanoseconds, inode and size of a file.
Stamp = tuple[int, int, int]


class Files(Protocol):
    """The paths of PEM files; an empty one is none."""

    @property
    def tls_cert(self) -> str: ...

    @property
    def tls_key(self) -> str: ...

    @property
    def tls_client_ca(self) -> str: ...


class Certificates:
    """Certificate chain, private key and client CA. They are re-read when a file changes; invalid files are ignored.

    `prefix` begins the variables that name the files.

    Raises:
        SettingsError: a file can't be read or has invalid content; the message names its variable.
    """

    def __init__(self, settings: Files, prefix: str = "MAAS_REGISTRY") -> None:
        self._cert, self._key, self._client_ca = (f"{prefix}_TLS_{kind}" for kind in ("CERT", "KEY", "CLIENT_CA"))
        self._files = {self._cert: Path(settings.tls_cert), self._key: Path(settings.tls_key)}
        if settings.tls_client_ca:
            self._files[self._client_ca] = Path(settings.tls_client_ca)
        self._stamps = self._read_stamps()
        self._initial = self._load()

    def credentials(self) -> grpc.ServerCredentials:
        """Credentials for which gRPC calls `_changed` before each handshake.

        With a client CA, clients without a certificate from it are rejected.
        """
        return grpc.dynamic_ssl_server_credentials(
            self._initial,
            self._changed,  # type: ignore[arg-type] # the stub leaves None out
            require_client_authentication=self._client_ca in self._files,
        )

    def _changed(self) -> grpc.ServerCertificateConfiguration | None:
        """The configuration of changed files. Returns None to keep the current one."""
        stamps = self._read_stamps()
        if stamps == self._stamps:
            return None
        self._stamps = stamps
        try:
            loaded = self._load()
        except SettingsError as error:
            logger.warning("a changed certificate is not used", reason=str(error))
            return None
        logger.info("a changed certificate is used from now on")
        return loaded

    def _read_stamps(self) -> tuple[Stamp, ...]:
        return tuple(_stamp(file) for file in self._files.values())

    def _load(self) -> grpc.ServerCertificateConfiguration:
        pem = {name: _read(name, file) for name, file in self._files.items()}
        chain = _parsed(self._cert, "PEM certificate", lambda: x509.load_pem_x509_certificates(pem[self._cert]))
        key = _parsed(
            self._key, "PEM private key without a password", lambda: load_pem_private_key(pem[self._key], None)
        )
        if chain[0].public_key() != key.public_key():
            raise SettingsError(f"{self._key} is not the key of the certificate in {self._cert}")
        if self._client_ca in pem:
            _parsed(self._client_ca, "PEM certificate", lambda: x509.load_pem_x509_certificates(pem[self._client_ca]))
        return grpc.ssl_server_certificate_configuration([(pem[self._key], pem[self._cert])], pem.get(self._client_ca))


def _stamp(file: Path) -> Stamp:
    """A value that differs once the file has changed; zeros if it does not exist."""
    try:
        stat = file.stat()
    except OSError:
        return 0, 0, 0
    return stat.st_mtime_ns, stat.st_ino, stat.st_size


def _read(name: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{name}: {file} can't be read: {error.strerror}") from error


def _parsed(name: str, kind: str, parse: Callable[[], T]) -> T:
    try:
        return parse()
    except (ValueError, TypeError) as error:  # TypeError: the key has a password
        raise SettingsError(f"{name} is not a {kind}") from error


def name_of(pem: bytes) -> str:
    """The first name or address in the subject alternative names of the chain's first certificate.

    A wildcard is replaced by a label. Raises ValueError if the certificate has no such names.
    """
    certificate = x509.load_pem_x509_certificates(pem)[0]
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return str(names[0].value).replace("*", "any")
