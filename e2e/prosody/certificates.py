# SPDX-License-Identifier: AGPL-3.0-or-later
"""Certificates for the test's host names: signed by themselves, or by an authority of the test."""
import datetime
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def certificate_for(names, key, issuer=None, authority=False, algorithm=hashes.SHA256()):
    """issuer is (certificate, key); without one the certificate signs itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True))
    if issuer:  # public authorities certify servers only, no clients
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(issuer[1] if issuer else key, algorithm)


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Authority:
    def __init__(self, folder):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = certificate_for(["Authority of the test"], self.key, authority=True)
        Path(folder).mkdir(parents=True, exist_ok=True)
        self.path = Path(folder) / "ca.pem"
        self.path.write_bytes(pem(self.certificate))


def make_certificates(folder, names, authority=None):
    """Returns the paths of chain and key."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    chain, key_file = folder / "chain.pem", folder / "key.pem"
    if chain.exists():
        return chain, key_file
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = (authority.certificate, authority.key) if authority else None
    chain.write_bytes(pem(certificate_for(names, key, issuer, authority=not issuer)))
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    os.chmod(key_file, 0o600)
    return chain, key_file
