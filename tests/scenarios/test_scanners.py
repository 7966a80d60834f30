"""SIPVicious finds no user and no password at the running edge, and finds both at a server that is known to be bad.

The short form is in `make test`; `make scan` sets FREITON_SCAN=long: 1,000 names by each method, 10,000 words.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.scenarios.provisioning import Exchange
from tests.scenarios.running import RunningEdge
from tests.scenarios.scanning import LeakyServer, scan
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account

IS_LONG = os.environ.get("FREITON_SCAN") == "long"
NAMES: Mapping[str, int] = {"REGISTER": 1000, "INVITE": 1000 if IS_LONG else 100, "OPTIONS": 1000 if IS_LONG else 100}
WORDS = 10_000 if IS_LONG else 300
EXISTING = ("1003", "1017", "1042", "1077", "1099")
ATTACKER = "127.0.0.66"
AGENTS = ("friendly-scanner", "Yealink SIP-T46S 66.85.0.5")

METHODS = pytest.mark.parametrize("method", list(NAMES))


@pytest.fixture
def names(tmp_path: Path) -> Path:
    """The names that are tried, those that exist among them."""
    path = tmp_path / "names.txt"
    path.write_text("\n".join(str(1000 + number) for number in range(max(NAMES.values()))))
    return path


def dictionary(folder: Path, password: str, count: int) -> Path:
    """So many words, the right one behind the middle."""
    words = [f"word{number}" for number in range(count - 1)]
    words.insert(count // 2 + 7, password)
    path = folder / "words.txt"
    path.write_text("\n".join(words))
    return path


def first(names: Path, count: int) -> Path:
    """The first so many of them, in a file of their own."""
    path = names.with_name(f"first{count}.txt")
    path.write_text("\n".join(names.read_text().split("\n")[:count]))
    return path


@METHODS
def test_svwar_finds_the_users_of_a_server_that_tells(names: Path, tmp_path: Path, method: str) -> None:
    few = first(names, 100)
    with LeakyServer(dict.fromkeys(EXISTING, "secret")) as leaky:
        found = scan("svwar", tmp_path, leaky.address, "-d", str(few), "-m", method, "--force", source=ATTACKER)
    assert set(found) == set(EXISTING)


def test_svcrack_finds_the_password_where_nobody_counts(tmp_path: Path) -> None:
    words = dictionary(tmp_path, "correct horse", 300)
    with LeakyServer({"1042": "correct horse"}) as leaky:
        found = scan("svcrack", tmp_path, leaky.address, "-u", "1042", "-d", str(words), source=ATTACKER)
    assert found == {"1042": "correct horse"}


@METHODS
def test_svwar_finds_nobody_here(
    exchange: Exchange, edge: RunningEdge, phone: Endpoint, names: Path, tmp_path: Path, method: str
) -> None:
    accounts = [exchange.phone(name) for name in EXISTING]
    assert phone.register(accounts[0]).status == 200
    tried = str(first(names, NAMES[method]))
    for agent in AGENTS:
        arguments = ("-d", tried, "-m", method, "--force", "--domain", "localhost")
        found = scan("svwar", tmp_path, edge.address, *arguments, user_agent=agent, source=ATTACKER)
        assert found == {}, (tmp_path / "svwar.log").read_text()[-2000:]
    asked = edge.figure(f'freiton_sip_requests_total{{method="{method}"}}')
    assert asked >= NAMES[method], (tmp_path / "svwar.log").read_text()[-2000:]
    assert phone.register(accounts[1]).status == 200


def test_svcrack_does_not_find_the_password_and_its_owner_still_registers(
    exchange: Exchange, edge: RunningEdge, phone: Endpoint, tmp_path: Path
) -> None:
    account: Account = exchange.phone("1042")
    words = str(dictionary(tmp_path, account.password, WORDS))
    for agent in AGENTS if IS_LONG else AGENTS[1:]:
        arguments = ("-u", "1042", "-d", words, "--domain", "localhost")
        found = scan("svcrack", tmp_path, edge.address, *arguments, user_agent=agent, source=ATTACKER)
        assert found == {}, (tmp_path / "svcrack.log").read_text()[-2000:]
        with Endpoint(edge.address, "127.0.0.5") as elsewhere:
            assert elsewhere.register(account).status == 200
    assert edge.figure('freiton_security_events_total{kind="login_blocked"}') > 0
