"""The edge's certificates, and whom it trusts: files made into TLS contexts, and made anew when the files change.

A server name that the peer asks for (SNI, RFC 6066 §3) picks the certificate; who asks for none, or for an unknown
one, gets the first. TLS 1.2 and 1.3 with forward secrecy and authenticated encryption, no renegotiation.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509

from sipedge.transport.tls import TlsSession

# Mozilla's "intermediate" choice for TLS 1.2; those of TLS 1.3 are all sane.
_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:!aNULL"


class CertificateError(Exception):
    """Certificates cannot be used; the text says which file, and why, for the person who put it there."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files.

    certificates: (chain, key) each, the same file twice where it holds both. client_ca: who signs the certificates
    by which gateways may prove who they are; None: none is asked for. ca: whom to trust besides the system's CAs
    when we connect.
    """

    certificates: tuple[tuple[Path, Path], ...] = ()
    client_ca: Path | None = None
    ca: Path | None = None

    def all(self) -> tuple[Path, ...]:
        """Every file."""
        pairs = [path for pair in self.certificates for path in pair]
        return tuple(dict.fromkeys([*pairs, *(path for path in (self.client_ca, self.ca) if path is not None)]))


class Certificate(NamedTuple):
    """What is known of a server certificate. names: DNS names and IP addresses. expires_at: seconds since the epoch."""

    names: tuple[str, ...]
    expires_at: float


class _Contexts(NamedTuple):
    """All that is made of the files at one time."""

    certificates: tuple[Certificate, ...]
    servers: tuple[ssl.SSLContext, ...]
    web_servers: tuple[ssl.SSLContext, ...]
    strict_client: ssl.SSLContext
    client: ssl.SSLContext


class Certificates:
    """The certificates in use. Raises CertificateError when they cannot be loaded."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._seen = _times(files)
        self._contexts = _load(files)

    @property
    def all(self) -> tuple[Certificate, ...]:
        """Our server certificates, in the order of their files."""
        return self._contexts.certificates

    def accept(self, transport: str) -> TlsSession:
        """The server's end of a new connection, for 'tls' or 'wss'.

        A browser is not asked for a certificate: it would ask the person in front of it.
        """
        contexts = self._contexts
        context = contexts.web_servers[0] if transport == "wss" else contexts.servers[0]
        return TlsSession(context, server_side=True)

    def connect(self, server_name: str) -> TlsSession:
        """The client's end. server_name: what the peer's certificate has to be for; '': it is not checked.

        Raises ValueError: no certificate can be for such a name.
        """
        contexts = self._contexts
        context = contexts.strict_client if server_name else contexts.client
        return TlsSession(context, server_side=False, server_name=server_name)

    def have_changed(self) -> bool:
        """Whether a file is another than when this was asked before."""
        before, self._seen = self._seen, _times(self._files)
        return self._seen != before

    def reload(self) -> None:
        """Read the files again, for the connections to come. Raises CertificateError; then all stays as it was."""
        self._contexts = _load(self._files)


def fits(names: tuple[str, ...], host: str) -> bool:
    """Whether a certificate with these names is for a host (RFC 6125 §6.4: a wildcard stands for one whole label)."""
    host = host.lower().rstrip(".")
    _, _, parent = host.partition(".")
    return host in names or (bool(parent) and f"*.{parent}" in names)


def _load(files: TlsFiles) -> _Contexts:
    certificates = tuple(_read(chain) for chain, _ in files.certificates)
    return _Contexts(
        certificates,
        _servers(files, certificates, files.client_ca),
        _servers(files, certificates, None),
        _client(files, strict=True),
        _client(files, strict=False),
    )


def _read(path: Path) -> Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateError(f"{path} is no certificate that can be read: {_why(error)}") from error
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return Certificate((), certificate.not_valid_after_utc.timestamp())
    dns = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return Certificate((*dns, *addresses), certificate.not_valid_after_utc.timestamp())


def _servers(
    files: TlsFiles, certificates: tuple[Certificate, ...], client_ca: Path | None
) -> tuple[ssl.SSLContext, ...]:
    """A context for each certificate; each hands over to the one that is for the server name asked for."""
    contexts = tuple(_server(pair, client_ca) for pair in files.certificates)

    def choose(session: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        for certificate, context in zip(certificates, contexts, strict=True):
            if name and fits(certificate.names, name):
                session.context = context
                return

    for context in contexts if len(contexts) > 1 else ():  # a name that is not ASCII is an unraisable error in Python
        context.sni_callback = choose
    return contexts


def _server(pair: tuple[Path, Path], client_ca: Path | None) -> ssl.SSLContext:
    context = _harden(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    _use(context, pair)
    if client_ca is not None:
        _trust(context, client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def _client(files: TlsFiles, *, strict: bool) -> ssl.SSLContext:
    context = _harden(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    if files.certificates:  # for peers that want to know who connects
        _use(context, files.certificates[0])
    if strict:
        context.load_default_certs()
        if files.ca is not None:
            _trust(context, files.ca)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _harden(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


def _use(context: ssl.SSLContext, pair: tuple[Path, Path]) -> None:
    chain, key = pair
    try:
        context.load_cert_chain(chain, key, password=_no_password)
    except (OSError, ValueError) as error:
        raise CertificateError(f"{chain} and its key {key} cannot be used: {_why(error)}") from error


def _no_password() -> str:
    """OpenSSL would otherwise ask for it at the terminal, and the edge would stand still."""
    raise ValueError("the key is protected by a password")


def _trust(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.load_verify_locations(path)
    except (OSError, ValueError) as error:
        raise CertificateError(f"{path} holds no certificates that can be read: {_why(error)}") from error


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "it is not PEM").replace("_", " ").lower()
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__


def _times(files: TlsFiles) -> tuple[tuple[int, int] | None, ...]:
    return tuple(_time(path) for path in files.all())


def _time(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()  # follows links: certbot changes those
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino
