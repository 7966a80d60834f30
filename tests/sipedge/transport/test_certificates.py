"""Certificates from files: which one for whom, what is refused, and what a reload changes."""

import os
import ssl
from pathlib import Path

import pytest

from sipedge.transport.certificates import CertificateError, Certificates, TlsFiles, fits
from sipedge.transport.tls import TlsError
from tests.certificates import Authority, Pair
from tests.sipedge.transport.test_tls import client, pump


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def shown(certificates: Certificates, authority: Authority, server_name: str) -> tuple[str, ...]:
    """The names in the certificate that a client which asks for this host sees."""
    phone = client(authority, server_name=server_name)
    pump(phone, certificates.accept("tls"))
    return phone.peer_names


def test_the_server_name_picks_the_certificate_and_the_first_is_for_all_others(authority: Authority) -> None:
    pairs = [authority.server(*names).both for names in (("a.example", "127.0.0.1"), ("b.example", "*.c.example"))]
    certificates = Certificates(TlsFiles(tuple(pairs)))
    assert shown(certificates, authority, "a.example") == ("a.example",)
    assert shown(certificates, authority, "B.example")[0] == "b.example"
    assert shown(certificates, authority, "sip.c.example")[0] == "b.example"
    assert shown(certificates, authority, "127.0.0.1") == ("a.example",)  # an address is never asked for
    with pytest.raises(TlsError, match="Hostname mismatch"):
        shown(certificates, authority, "unknown.example")
    assert [one.names for one in certificates.all] == [("a.example", "127.0.0.1"), ("b.example", "*.c.example")]


@pytest.mark.parametrize(
    ("host", "does"),
    [("x.example", True), ("X.Example.", True), ("a.y.example", True), ("a.b.y.example", False), ("y.example", False),
     (".y.example", True), ("example", False), ("", False)],
)  # fmt: skip
def test_a_wildcard_stands_for_one_label(host: str, does: bool) -> None:
    assert fits(("x.example", "*.y.example"), host) is does


def test_one_file_may_hold_both(authority: Authority, tmp_path: Path) -> None:
    pair = authority.server("a.example")
    both = tmp_path / "both.pem"
    both.write_bytes(pair.key.read_bytes() + pair.chain.read_bytes())
    assert shown(Certificates(TlsFiles(((both, both),))), authority, "a.example") == ("a.example",)


def test_a_browser_is_not_asked_for_a_certificate(authority: Authority) -> None:
    files = TlsFiles((authority.server("sip.example.org").both,), client_ca=authority.certificate)
    for transport, names in (("tls", ("gw.example.org", "sip:example.org")), ("wss", ())):
        session = Certificates(files).accept(transport)
        pump(client(authority, own="gw.example.org"), session)
        assert session.peer_names == names


@pytest.mark.filterwarnings("ignore:.*TLSv1_1 is deprecated:DeprecationWarning")
def test_tls_1_1_is_refused_and_1_2_is_not(authority: Authority) -> None:
    certificates = Certificates(TlsFiles((authority.server("sip.example.org").both,)))
    old = client(authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority.certificate)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    old._object = context.wrap_bio(old._incoming, old._outgoing, server_hostname="sip.example.org")
    server = certificates.accept("tls")
    with pytest.raises(TlsError, match="protocol"):
        pump(old, server)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    fresh = client(authority)
    fresh._object = context.wrap_bio(fresh._incoming, fresh._outgoing, server_hostname="sip.example.org")
    server = certificates.accept("tls")
    pump(fresh, server)
    assert server.is_established


def test_whom_we_connect_to_has_to_be_who_we_asked_for(authority: Authority) -> None:
    here = Certificates(TlsFiles((authority.server("gw.example.org").both,), ca=authority.certificate))
    unbelieving = Certificates(TlsFiles())
    pump(here.connect("gw.example.org"), here.accept("tls"))
    with pytest.raises(TlsError, match="Hostname mismatch"):
        pump(here.connect("other.example.org"), here.accept("tls"))
    with pytest.raises(TlsError, match="local issuer"):
        pump(unbelieving.connect("gw.example.org"), here.accept("tls"))
    phone = unbelieving.connect("")
    pump(phone, here.accept("tls"))
    assert phone.is_established
    assert phone.peer_names == ()  # nobody looked at its certificate


@pytest.mark.parametrize("name", [".", "a" * 64, "a..b"])
def test_a_name_that_no_certificate_can_be_for(authority: Authority, name: str) -> None:
    with pytest.raises(ValueError, match=r"label|hostname|encoding"):
        Certificates(TlsFiles()).connect(name)


def broken(pair: Pair, what: str) -> None:
    if what == "missing":
        pair.chain.unlink()
    elif what == "not PEM":
        pair.chain.write_text("nothing")
    elif what == "key missing":
        pair.key.unlink()
    elif what == "key empty":
        pair.key.write_text("")


@pytest.mark.parametrize("what", ["missing", "not PEM", "key missing", "key empty"])
def test_a_broken_file_is_named_and_the_old_one_stays(authority: Authority, what: str) -> None:
    pair = authority.server("a.example")
    certificates = Certificates(TlsFiles((pair.both,)))
    broken(pair, what)
    with pytest.raises(CertificateError, match=pair.chain.name):
        Certificates(TlsFiles((pair.both,)))
    with pytest.raises(CertificateError, match=pair.chain.name):
        certificates.reload()
    assert shown(certificates, authority, "a.example") == ("a.example",)


def test_a_key_of_another_certificate_or_with_a_password_is_refused(authority: Authority) -> None:
    one, other = authority.server("a.example"), authority.server("b.example")
    with pytest.raises(CertificateError, match="mismatch"):
        Certificates(TlsFiles(((one.chain, other.key),)))
    locked = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n"
    one.key.write_bytes(locked)
    with pytest.raises(CertificateError, match=r"a\.example\.key"):
        Certificates(TlsFiles((one.both,)))


def test_authorities_that_cannot_be_read_are_named(authority: Authority, tmp_path: Path) -> None:
    pair, nothing = authority.server("a.example").both, tmp_path / "nothing.pem"
    for files in (TlsFiles((pair,), client_ca=nothing), TlsFiles((pair,), ca=nothing)):
        with pytest.raises(CertificateError, match=r"nothing\.pem"):
            Certificates(files)


def test_a_reload_takes_what_the_files_hold_now(authority: Authority) -> None:
    pair = authority.server("a.example", file="cert")
    certificates = Certificates(TlsFiles((pair.both,)))
    assert not certificates.have_changed()
    before = certificates.all[0].expires_at
    authority.server("a.example", "new.example", days=60, file="cert")
    os.utime(pair.chain, ns=(1, 1))
    assert certificates.have_changed()
    assert not certificates.have_changed()
    assert shown(certificates, authority, "a.example") == ("a.example",)
    certificates.reload()
    assert shown(certificates, authority, "new.example") == ("a.example", "new.example")
    assert certificates.all[0].expires_at > before
    pair.key.unlink()
    assert certificates.have_changed()


def test_a_certificate_without_names_is_the_default_at_best(authority: Authority) -> None:
    certificates = Certificates(TlsFiles((authority.certificate_without_names().both,)))
    assert certificates.all[0].names == ()
