"""Certificates for tests: an authority of our own, and what it signs, as files.

pki = Authority(folder)
pair = pki.server("sip.example.org", "127.0.0.1")     # a Pair: chain and key
phone = pki.client("gw.example.org", uris=["sip:example.org"])
"""

from __future__ import annotations

import datetime
import ipaddress
import itertools
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, in PEM files."""

    chain: Path
    key: Path

    @property
    def both(self) -> tuple[Path, Path]:
        """As TlsFiles takes them."""
        return self.chain, self.key

    def context(self, authority: Path | None = None) -> ssl.SSLContext:
        """A server's context with this certificate. authority: who signs clients, which then must have one."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.both)
        if authority is not None:
            context.load_verify_locations(authority)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class Authority:
    """Signs certificates, and keeps them with its own in a folder."""

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._numbers = itertools.count(1)
        builder = self._builder(self._name, self._key.public_key(), 365)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        key_usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(key_usage, critical=True)
        self.certificate = folder / f"{name.lower().replace(' ', '-')}.pem"
        self.certificate.write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))

    def server(self, *names: str, days: int = 30, file: str = "") -> Pair:
        """For DNS names and IP addresses. It may be shown to servers too, as an edge does that connects."""
        both = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
        return self._issue(names, (), both, days, file)

    def client(self, *names: str, uris: Sequence[str] = (), days: int = 30, file: str = "") -> Pair:
        """For a peer that connects."""
        return self._issue(names, uris, (ExtendedKeyUsageOID.CLIENT_AUTH,), days, file)

    def certificate_without_names(self) -> Pair:
        """As they were made long ago: with a common name alone."""
        return self._issue((), (), (ExtendedKeyUsageOID.SERVER_AUTH,), 30, "")

    def context(self, pair: Pair | None = None) -> ssl.SSLContext:
        """A client's context that trusts this authority alone. pair: by which it proves itself."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.certificate)
        if pair is not None:
            context.load_cert_chain(*pair.both)
        return context

    def _issue(
        self, names: Sequence[str], uris: Sequence[str], usages: Sequence[x509.ObjectIdentifier], days: int, file: str
    ) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0] if names else "nobody")])
        alternatives = [*map(_general_name, names), *map(x509.UniformResourceIdentifier, uris)]
        builder = self._builder(subject, key.public_key(), days)
        if alternatives:
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        stem = file or f"{next(self._numbers)}-{subject.rfc4514_string().removeprefix('CN=').replace('*', 'any')}"
        pair = Pair(self._folder / f"{stem}.pem", self._folder / f"{stem}.key")
        pair.chain.write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))
        pair.key.write_bytes(_key_pem(key))
        return pair

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 3 * _DAY)
            .not_valid_after(now + days * _DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
