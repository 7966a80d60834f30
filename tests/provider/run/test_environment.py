"""The contract's variables: defaults, sources and their order, and errors that name the variable."""

import socket
from pathlib import Path

import pytest

from provider.run import environment as module
from provider.run.address import Address
from provider.run.environment import SECRET, VARIABLES, read_environment, read_file
from provider.run.errors import VariableError

SECRET_KEY = "a-secret-key-of-some-forty-characters-1234"


@pytest.fixture(autouse=True)
def _own_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project root without a .env of the developer's."""
    monkeypatch.setattr(module, "ROOT", tmp_path)


def test_the_defaults_are_the_contracts(tmp_path: Path) -> None:
    read = read_environment({})
    assert read.database_url is None
    assert read.redis_url is None
    assert read.data_dir == tmp_path / "var"
    assert read.http_bind == Address("127.0.0.1", 8000)
    assert read.sip_bind == Address("127.0.0.1", 5060)
    assert [(one.transport, one.sent_by) for one in read.sip_listeners] == [
        ("udp", "127.0.0.1:5060"), ("tcp", "127.0.0.1:5060"), ("ws", "127.0.0.1:5080"),
    ]  # fmt: skip
    assert read.metrics_bind == Address("127.0.0.1", 9464)
    assert read.public_url == "http://127.0.0.1:8000"
    assert read.trusted_proxies == ()
    assert read.edge_name == socket.gethostname()
    assert (read.number_quarantine_days, read.call_retention_months) == (30, 24)
    assert read.email_url == f"filemail://{tmp_path}/var/mail"
    assert read.demo
    assert (read.secret_key, read.credential_keys) == ("", ())


def test_with_a_database_of_ones_own_there_is_no_demo_data_unless_asked_for() -> None:
    url = {"DATABASE_URL": "postgresql://u:p@db/freiton"}
    assert not read_environment(url).demo
    assert read_environment(url | {"DEMO": "1"}).demo


def test_what_is_derived_follows_what_is_given() -> None:
    read = read_environment({"HTTP_BIND": "[::1]:8080", "SIP_BIND": "[::1]:5070"})
    assert read.public_url == "http://[::1]:8080"
    assert (str(read.metrics_bind), read.sip_listeners[0].sent_by) == ("[::1]:9474", "[::1]:5070")
    assert not read.is_https
    assert read_environment({"PUBLIC_URL": "https://voice.example.org"}).is_https


def test_the_process_counts_more_than_env_and_env_more_than_a_running_instance(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HTTP_BIND=127.0.0.1:1111\nSIP_BIND=127.0.0.1:2222\nDATA_DIR=data\n")
    (tmp_path / "data" / "run").mkdir(parents=True)
    running = f"SIP_BIND='127.0.0.1:3333'\nREDIS_URL='redis://127.0.0.1:4444/0'\nSECRET_KEY='{SECRET_KEY}'\n"
    (tmp_path / "data" / "run" / "env").write_text(running)
    read = read_environment({"HTTP_BIND": "127.0.0.1:5555"})
    assert (read.http_bind.port, read.sip_bind.port) == (5555, 2222)
    assert (read.redis_url, read.secret_key) == ("redis://127.0.0.1:4444/0", SECRET_KEY)


def test_a_new_start_does_not_read_what_the_last_instance_wrote(tmp_path: Path) -> None:
    (tmp_path / "var" / "run").mkdir(parents=True)
    (tmp_path / "var" / "run" / "env").write_text("DATABASE_URL='postgresql://u:p@127.0.0.1:5/freiton'\n")
    assert read_environment({}).database_url == "postgresql://u:p@127.0.0.1:5/freiton"
    assert read_environment({}, running=False).database_url is None


def test_an_empty_value_counts_as_not_given() -> None:
    assert read_environment({"HTTP_BIND": " ", "DEMO": ""}) == read_environment({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite:///x"),
        ("REDIS_URL", "nonsense"),
        ("HTTP_BIND", "8000"),
        ("SIP_BIND", "localhost:5060"),
        ("METRICS_BIND", "127.0.0.1:x"),
        ("PUBLIC_URL", "example"),
        ("TRUSTED_PROXIES", "proxy"),
        ("EDGE_NAME", "ed ge"),
        ("NUMBER_QUARANTINE_DAYS", "-1"),
        ("CALL_RETENTION_MONTHS", "long"),
        ("EMAIL_URL", "nonsense"),
        ("DEMO", "2"),
        ("SECRET_KEY", "x"),
        ("CREDENTIAL_KEYS", "x"),
    ],
)
def test_a_wrong_variable_is_named_and_a_secret_one_not_shown(name: str, value: str) -> None:
    with pytest.raises(VariableError, match=f"^The variable {name}.*\\.$") as caught:
        read_environment({name: value})
    assert (f"({value})" in str(caught.value)) == (name not in SECRET)


@pytest.mark.parametrize(
    ("name", "value"),
    [("SIP_ADVERTISE", "example.org:99999"), ("SIP_TLS_BIND", "127.0.0.1:5061"), ("SIP_BIND", "0.0.0.0:5060")],
)
def test_where_nobody_could_send_to_is_named_by_who_needs_to_know(name: str, value: str) -> None:
    read = read_environment({name: value})
    with pytest.raises(VariableError, match=name):
        _ = read.sip_listeners


def test_a_part_is_given_exactly_the_variables_of_the_contract() -> None:
    given = {
        "DATABASE_URL": "postgresql://u:p@db/freiton",
        "REDIS_URL": "redis://r/0",
        "SECRET_KEY": SECRET_KEY,
        "TRUSTED_PROXIES": "10.0.0.0/8,::1",
        "WEBHOOK_NETWORKS": "10.20.0.0/16",
        "CREDENTIAL_KEYS": "A" * 43 + "=",
        "SIP_BIND": "127.0.0.1:5060,[::1]:5060",
        "SIP_TLS_BIND": "127.0.0.1:443",
        "SIP_WS_BIND": "off",
        "SIP_WSS_BIND": "127.0.0.1:444",
        "SIP_TLS_CERTIFICATES": "a.pem:a.key",
        "SIP_ADVERTISE": "sip.example.org",
    }
    passed = read_environment(given).as_variables()
    assert list(passed) == [variable.name for variable in VARIABLES]
    assert read_environment(passed, running=False) == read_environment(given)


def test_a_file_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert read_file(tmp_path / "nothing") == {}
