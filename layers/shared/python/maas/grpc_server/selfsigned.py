"""Writes a self-signed certificate and its key as tls.crt and tls.key.

Usage: `python -m maas.grpc_server.selfsigned <folder>`. The certificate is for a load balancer that encrypts the
connections to its targets, but does not verify their certificates.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NAME = "maas"
# Nothing renews the certificate while the task runs, and the key is deleted with the task.
VALIDITY = timedelta(days=3650)


def write(folder: Path) -> None:
    """Writes both files. Raises OSError if the folder can't be written to."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(issuer_name=subject, subject_name=subject, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks differ
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME), x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )
    private = folder / "tls.key"
    private.touch(mode=0o600)
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "tls.crt").write_bytes(certificate.public_bytes(Encoding.PEM))


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m maas.grpc_server.selfsigned <folder>\n")
        return 2
    try:
        write(Path(arguments[0]))
    except OSError as error:
        sys.stderr.write(f"selfsigned: {arguments[0]} can't be written to: {error.strerror}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
