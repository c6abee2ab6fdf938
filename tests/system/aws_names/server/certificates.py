"""A private certificate authority, and one certificate for all of AWS's names: `python -m ... FOLDER NAME...`.

Writes `authority.pem`, which has to be trusted, and `served.pem`, the certificate with its key.
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def main() -> None:
    """Make both files."""
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    now = datetime.datetime.now(datetime.UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    titles = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)]) for title in ("A rehearsal", names[0])]
    builders = [
        x509.CertificateBuilder()
        .subject_name(title)
        .issuer_name(titles[0])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        for title, key in zip(titles, keys, strict=True)
    ]
    authority = builders[0].add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    served = (
        builders[1]
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    signed = [builder.sign(keys[0], hashes.SHA256()).public_bytes(_PEM) for builder in (authority, served)]
    key = keys[1].private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "authority.pem").write_bytes(signed[0])
    (folder / "served.pem").write_bytes(signed[1] + key)


_PEM = serialization.Encoding.PEM

if __name__ == "__main__":
    main()
