from pathlib import Path

import pytest

from sipedge.config import Address, ConfigError, derive_key, load_config
from sipedge.listeners import Listener
from sipedge.transport.certificates import TlsFiles
from sipedge.transport.limits import TransportLimits
from sipedge.variables import ROOT

ENVIRON = {"DATABASE_URL": "postgres://u@h/d", "SECRET_KEY": "s", "CREDENTIAL_KEYS": "new, old"}


def load(tmp_path, **environ):
    return load_config({**ENVIRON, "DATA_DIR": str(tmp_path), **environ}, tmp_path / ".env")


def shown(config, transport="udp"):
    return [one.sent_by for one in config.listeners if one.transport == transport]


def test_defaults(tmp_path):
    config = load(tmp_path)
    assert config.listeners[:2] == (
        Listener("udp", "127.0.0.1", 5060, "127.0.0.1", 5060),
        Listener("tcp", "127.0.0.1", 5060, "127.0.0.1", 5060),
    )
    assert config.metrics_bind == Address("127.0.0.1", 9464)
    assert config.credential_keys == ("new", "old")
    assert config.name


def test_everything_said(tmp_path):
    config = load(
        tmp_path,
        SIP_BIND="[::1]:5070",
        SIP_ADVERTISE="sip.example.org",
        METRICS_BIND="127.0.0.1:9000",
        EDGE_NAME="edge7",
    )
    assert (config.listeners[0].bound, shown(config)) == ("[::1]:5070", ["sip.example.org:5060"])
    assert (config.metrics_bind.port, config.name) == (9000, "edge7")


def test_several_addresses_are_called_as_bound_or_all_the_same_or_each_by_its_own(tmp_path):
    binds = "127.0.0.1:5060,[::1]:5060"
    assert shown(load(tmp_path, SIP_BIND=binds)) == ["127.0.0.1:5060", "[::1]:5060"]
    assert shown(load(tmp_path, SIP_BIND=binds, SIP_ADVERTISE="sip.example.org:5060")) == ["sip.example.org:5060"] * 2
    each = "192.0.2.1:5060,[2001:db8::1]:5062"
    assert shown(load(tmp_path, SIP_BIND=binds, SIP_ADVERTISE=each), "tcp") == each.split(",")
    with pytest.raises(ConfigError, match="SIP_ADVERTISE"):
        load(tmp_path, SIP_BIND=binds, SIP_ADVERTISE="a:1,b:2,c:3")


def test_started_alone_it_finds_what_make_run_left(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "env").write_text(
        "# ours\nSECRET_KEY=s\nCREDENTIAL_KEYS='k'\nDATABASE_URL=postgres://x/y?a=b\n"
    )
    config = load_config({"DATA_DIR": str(tmp_path)}, tmp_path / ".env")
    assert config.database_url == "postgres://x/y?a=b"
    assert config.credential_keys == ("k",)


def test_the_environment_wins_over_the_file(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "env").write_text("DATABASE_URL=postgres://file/d\n")
    assert load(tmp_path).database_url == "postgres://u@h/d"


@pytest.mark.parametrize(
    ("name", "value"),
    [("SIP_BIND", "5060"), ("SIP_BIND", "localhost:5060"), ("SIP_BIND", "127.0.0.1:99999"), ("METRICS_BIND", "x:1")],
)
def test_a_wrong_variable_is_named(tmp_path, name, value):
    with pytest.raises(ConfigError, match=name):
        load(tmp_path, **{name: value})


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET_KEY", "CREDENTIAL_KEYS"])
def test_a_missing_variable_is_named(tmp_path, name):
    environ = {key: value for key, value in ENVIRON.items() if key != name}
    with pytest.raises(ConfigError, match=name):
        load_config({**environ, "DATA_DIR": str(tmp_path)}, tmp_path / ".env")


def test_keys_differ_by_purpose_and_secret():
    assert derive_key("a", "x") == derive_key("a", "x")
    assert len({derive_key("a", "x"), derive_key("a", "y"), derive_key("b", "x")}) == 3


@pytest.mark.parametrize("bind", ["0.0.0.0:5060", "[::]:5060"])
def test_every_address_is_none_to_advertise(tmp_path, bind):
    with pytest.raises(ConfigError, match="SIP_ADVERTISE"):
        load(tmp_path, SIP_BIND=bind)
    assert shown(load(tmp_path, SIP_BIND=bind, SIP_ADVERTISE="203.0.113.5:5060")) == ["203.0.113.5:5060"]


def test_tls_files_are_pairs_or_one_file_for_both_below_the_project(tmp_path):
    config = load(
        tmp_path, SIP_TLS_CERTIFICATES="a.pem:/etc/a.key, /etc/b.pem", SIP_TLS_CLIENT_CA="ca.pem", SIP_TLS_CA="/etc/ca"
    )
    one, other = config.tls.certificates
    assert one == (ROOT / "a.pem", Path("/etc/a.key"))
    assert other == (Path("/etc/b.pem"), Path("/etc/b.pem"))
    assert (config.tls.client_ca, config.tls.ca) == (ROOT / "ca.pem", Path("/etc/ca"))
    assert load(tmp_path).tls == TlsFiles()


@pytest.mark.parametrize(
    ("environ", "origins"),
    [
        ({}, ("http://127.0.0.1:8000",)),
        ({"HTTP_BIND": "127.0.0.1:80"}, ("http://127.0.0.1",)),
        ({"PUBLIC_URL": "https://Voip.example.org/"}, ("https://voip.example.org",)),
        ({"SIP_WS_ORIGINS": "https://a.example:443, http://[::1]:8080"}, ("https://a.example", "http://[::1]:8080")),
        ({"SIP_WS_ORIGINS": "*"}, None),
    ],
)
def test_origins(tmp_path, environ, origins):
    assert load(tmp_path, **environ).ws_origins == origins


@pytest.mark.parametrize(
    "text", ["example.org", "https://a.example/path", "https://", "*,https://a.example", "http://a:x"]
)
def test_what_is_no_origin(tmp_path, text):
    with pytest.raises(ConfigError, match="SIP_WS_ORIGINS"):
        load(tmp_path, SIP_WS_ORIGINS=text)


def test_limits(tmp_path):
    limits = load(tmp_path, SIP_CONNECTIONS="7", SIP_CONNECTIONS_BY_SOURCE="3", SIP_IDLE_SECONDS="60").limits
    assert (limits.connections, limits.connections_by_source, limits.idle_timeout) == (7, 3, 60)
    assert load(tmp_path).limits == TransportLimits()


def test_name_servers_are_addresses_with_port_53_where_none_is_named(tmp_path):
    assert load(tmp_path).nameservers == ()
    config = load(tmp_path, SIP_NAMESERVERS="192.0.2.53, [2001:db8::53]:5353")
    assert config.nameservers == (("192.0.2.53", 53), ("2001:db8::53", 5353))


@pytest.mark.parametrize("text", ["ns.example.org", "192.0.2.999", "192.0.2.53:0"])
def test_a_name_server_that_is_no_address_is_named(tmp_path, text):
    with pytest.raises(ConfigError, match="SIP_NAMESERVERS"):
        load(tmp_path, SIP_NAMESERVERS=text)


def test_phones_behind_nat_are_pinged_where_it_is_said_how_often(tmp_path):
    assert load(tmp_path).nat_ping == 0
    assert load(tmp_path, SIP_NAT_PING="30").nat_ping == 30
    for wrong in ("-1", "3601", "often"):
        with pytest.raises(ConfigError, match="SIP_NAT_PING"):
            load(tmp_path, SIP_NAT_PING=wrong)


def test_calls_are_refreshed_unless_nobody_asks_for_it(tmp_path):
    assert load(tmp_path).session_expires == 1800
    assert load(tmp_path, SIP_SESSION_EXPIRES="0").session_expires == 0
    for wrong in ("-1", "86401", "often"):
        with pytest.raises(ConfigError, match="SIP_SESSION_EXPIRES"):
            load(tmp_path, SIP_SESSION_EXPIRES=wrong)
