"""The certificate that clients see: checked at the start, and loaded again when its files change."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from local.console import say
from local.errors import StackError

_INTERVAL = 5.0  # seconds between two looks at the files


@dataclass(frozen=True, slots=True)
class Pair:
    """The files of a certificate, followed by its chain, and of its private key; both are PEM."""

    certificate: Path
    key: Path

    def check(self) -> None:
        """Reads both files.

        Raises:
            StackError: a file can't be read, the two do not belong together, or the certificate is not valid now.
        """
        certificate = self._certificate()
        if _public_bytes(certificate.public_key()) != _public_bytes(self._private_key().public_key()):
            raise StackError(f"{self.key} is not the key of the certificate {self.certificate}")
        now = datetime.now(UTC)
        if certificate.not_valid_after_utc < now:
            raise StackError(f"the certificate {self.certificate} expired on {certificate.not_valid_after_utc:%F}")
        if certificate.not_valid_before_utc > now:
            raise StackError(f"the certificate {self.certificate} is valid from {certificate.not_valid_before_utc:%F}")

    def context(self) -> ssl.SSLContext:
        """Returns a server's TLS context. Raises StackError as `check` does."""
        self.check()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificate, self.key)
        return context

    async def keep_current(self, context: ssl.SSLContext) -> None:
        """Loads the files into `context` when they change. A pair that does not pass the checks is not loaded."""
        loaded = self._times()
        while True:
            await asyncio.sleep(_INTERVAL)
            if (found := self._times()) == loaded:
                continue
            loaded = found
            try:
                self.context()  # a failure in the middle must not leave half a pair in the context that is in use
                context.load_cert_chain(self.certificate, self.key)
                say(f"loaded the certificate {self.certificate} again")
            except (StackError, OSError) as error:
                say(f"the certificate of before stays in use: {error}")

    def _times(self) -> tuple[int, ...]:
        try:
            return tuple(path.stat().st_mtime_ns for path in (self.certificate, self.key))
        except OSError:
            return ()

    def _certificate(self) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificates(_read(self.certificate))[0]
        except ValueError as error:
            raise StackError(f"{self.certificate} is not a certificate in PEM form") from error

    def _private_key(self) -> PrivateKeyTypes:
        try:
            return load_pem_private_key(_read(self.key), None)
        except TypeError as error:
            raise StackError(f"{self.key} is encrypted: the stack needs a key without a password") from error
        except ValueError as error:
            raise StackError(f"{self.key} is not a private key in PEM form") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StackError(f"{path} can't be read: {error.strerror}") from error


def _public_bytes(key: CertificatePublicKeyTypes | PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
