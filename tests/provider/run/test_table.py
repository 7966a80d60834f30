"""The table of addresses and logins."""

import json
from pathlib import Path

import pytest

from provider.run.environment import Environment, read_environment
from provider.run.table import Row, read_logins, render, sip_rows

TOKEN = "frt_" + "x" * 40


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    given = {"DATA_DIR": str(tmp_path), "HTTP_BIND": "127.0.0.1:8123", "SIP_BIND": "[::1]:5070"}
    return read_environment(given, running=False)


def test_it_names_every_address(environment: Environment) -> None:
    text = render(environment, [], colour=False)
    for expected in (
        "http://127.0.0.1:8123/admin/",
        "http://127.0.0.1:8123/api/v1/",
        "[::1]:5070",
        "http://[::1]:9474/metrics",
        str(environment.data_dir),
    ):
        assert expected in text
    assert "\033" not in text


def test_transports_that_are_on_have_a_line_with_all_their_addresses(tmp_path: Path) -> None:
    given = {"DATA_DIR": str(tmp_path), "SIP_BIND": "127.0.0.1:5070,[::1]:5070"}
    rows = {row.what: row.where for row in sip_rows(read_environment(given, running=False))}
    assert rows == {
        "SIP (UDP and TCP)": "127.0.0.1:5070, [::1]:5070",
        "SIP (WebSocket)": "ws://127.0.0.1:5090, ws://[::1]:5090",
    }
    given |= {"SIP_TLS_CERTIFICATES": "cert.pem", "SIP_WS_BIND": "off", "SIP_WSS_BIND": "127.0.0.1:443"}
    rows = {row.what: row.where for row in sip_rows(read_environment(given, running=False))}
    assert list(rows) == ["SIP (UDP and TCP)", "SIP (TLS)", "SIP (secure WebSocket)"]
    assert rows["SIP (secure WebSocket)"] == "wss://127.0.0.1:443"


def test_a_login_stands_in_the_line_of_its_address(environment: Environment) -> None:
    logins = [
        Row("Admin panel", "http://127.0.0.1:8123/admin/", "admin / secret"),
        Row("SIP phone +4311001", "sip:alice@localhost", "alice / other"),
        Row("REST API", "http://127.0.0.1:8123/api/v1/", TOKEN),
    ]
    lines = render(environment, logins, colour=False).splitlines()
    assert sum("Admin panel" in line for line in lines) == 1
    assert any("/admin/" in line and "admin / secret" in line for line in lines)
    assert any("sip:alice@localhost" in line and "alice / other" in line for line in lines)
    assert any(TOKEN in line for line in lines)  # unbroken, so that it can be copied


def test_markup_in_a_value_is_text(environment: Environment) -> None:
    row = Row("SIP phone [red]x[/red]", "[bold]here", "alice / [link=x]")
    text = render(environment, [row], colour=True)
    assert "[red]x[/red]" in text
    assert "alice / [link=x]" in text


def test_logins_are_read_once(tmp_path: Path) -> None:
    file = tmp_path / "logins.json"
    file.write_text(json.dumps([{"what": "REST API", "where": "x", "login": TOKEN}]))
    assert read_logins(file) == [Row("REST API", "x", TOKEN)]
    assert not file.exists()
    assert read_logins(file) == []
