"""How single variables are read, and from where."""

from pathlib import Path

import pytest

from sipedge.variables import ROOT, Address, ConfigError, Variables, gather, parse_address, read_file


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:5060", Address("127.0.0.1", 5060)),
        ("[::1]:5060", Address("::1", 5060)),
        ("[2001:DB8:0::1]:5060", Address("2001:db8::1", 5060)),
        ("Sip.Example.org:5080", Address("sip.example.org", 5080)),
    ],
)
def test_an_address(text, address):
    assert parse_address(text) == address


def is_address(text):
    try:
        parse_address(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    ["5060", ":5060", "::1:5060", "[::1]", "[127.0.0.1]:5060", "1.2.3:5060", "1.2.3.400:5060", "a:0", "a:65536",
     "a:99999999999", "a b:1", "a:٣", "[fe80::1%eth0]:5060"],
)  # fmt: skip
def test_what_is_no_address(text):
    assert not is_address(text)


def test_the_port_may_be_left_out_where_there_is_one_to_take():
    assert parse_address("sip.example.org", 5060) == Address("sip.example.org", 5060)
    assert parse_address("[::1]", 5060) == Address("::1", 5060)
    assert str(parse_address("[::1]:5070", 5060)) == "[::1]:5070"


def test_lists():
    variables = Variables({"BIND": "127.0.0.1:5060, [::1]:5060,", "NAMES": "a, b"})
    assert variables.addresses("BIND", "") == (Address("127.0.0.1", 5060), Address("::1", 5060))
    assert variables.items("NAMES") == ("a", "b")
    assert variables.items("NONE", "x,y") == ("x", "y")


@pytest.mark.parametrize("text", ["127.0.0.1:5060,127.0.0.1:5060", "localhost:5060", ",", "127.0.0.1"])
def test_addresses_to_listen_on_are_literals_and_each_stands_there_once(text):
    with pytest.raises(ConfigError, match="BIND is"):
        Variables({"BIND": text}).addresses("BIND", "")


def test_one_address_is_one():
    with pytest.raises(ConfigError, match="one address only"):
        Variables({"BIND": "127.0.0.1:1,127.0.0.1:2"}).address("BIND", "")


@pytest.mark.parametrize("text", ["", "0", "11", "-1", "1.5", "x", "٣", "9" * 20])
def test_numbers_stay_within_bounds(text):
    variables = Variables({"N": text})
    if not text:
        assert variables.number("N", 5, 1, 10) == 5
        return
    with pytest.raises(ConfigError, match="from 1 to 10"):
        variables.number("N", 5, 1, 10)


def test_switches():
    variables = Variables({"A": "Yes", "B": "0", "C": "maybe"})
    assert (variables.switch("A", default=False), variables.switch("B", default=True)) == (True, False)
    assert variables.switch("NONE", default=True)
    with pytest.raises(ConfigError, match="C is 'maybe'"):
        variables.switch("C", default=True)


def test_the_process_counts_more_than_dotenv_and_dotenv_more_than_a_running_instance(tmp_path: Path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "env").write_text("A=run\nB=run\nC='run'\n")
    dotenv = tmp_path / ".env"
    dotenv.write_text(f'# ours\nA=dotenv\nexport B = "dot env"\nDATA_DIR={tmp_path}\n#C=no\nD=\n')
    variables = gather({"A": "process", "B": " "}, dotenv)
    assert [variables.text(name, "-") for name in "ABCD"] == ["process", "dot env", "run", "-"]


def test_a_file_that_is_not_there_says_nothing(tmp_path: Path):
    assert read_file(tmp_path / "none") == {}


def test_data_dir_is_below_the_project_wherever_we_are_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var" / "run").mkdir(parents=True)
    (tmp_path / "var" / "run" / "env").write_text("A=wrong\n")
    assert gather({"DATA_DIR": "no-such-folder"}, tmp_path / ".env").text("A") == ""
    assert (ROOT / "sipedge" / "variables.py").exists()
