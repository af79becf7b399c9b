"""A certificate authority for tests."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Pair:
    """The files of a certificate and its key."""

    certificate: Path
    key: Path

    def pem(self) -> tuple[bytes, bytes]:
        """Key and certificate, as gRPC's client takes them."""
        return self.key.read_bytes(), self.certificate.read_bytes()


class Authority:
    """`certificate` is the file to trust; what it issues lies in the same folder."""

    def __init__(self, folder: Path, name: str = "a-ca") -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        ca = self._builder(self._name, self._key).add_extension(x509.BasicConstraints(True, None), critical=True)
        self.certificate = folder / f"{name}.crt"
        self.certificate.write_bytes(ca.sign(self._key, SHA256()).public_bytes(Encoding.PEM))

    @property
    def roots(self) -> str:
        return self.certificate.read_text()

    def issue(self, name: str, *hosts: str, password: str = "") -> Pair:
        """A pair for `hosts`, localhost if none is given."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts or ("localhost",)])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signed = self._builder(subject, key).add_extension(names, critical=False).sign(self._key, SHA256())
        pair = Pair(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        protection = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        pair.certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        pair.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
        return pair

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder(issuer_name=self._name, subject_name=subject, public_key=key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
        )
