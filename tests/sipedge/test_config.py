import pytest

from sipedge.config import Address, ConfigError, derive_key, load_config

ENVIRON = {"DATABASE_URL": "postgres://u@h/d", "SECRET_KEY": "s", "CREDENTIAL_KEYS": "new, old"}


def test_defaults(tmp_path):
    config = load_config({**ENVIRON, "DATA_DIR": str(tmp_path)})
    assert config.sip_bind == Address("127.0.0.1", 5060)
    assert config.advertise == config.sip_bind
    assert config.metrics_bind == Address("127.0.0.1", 9464)
    assert config.credential_keys == ("new", "old")
    assert config.name


def test_everything_said(tmp_path):
    config = load_config(
        {
            **ENVIRON,
            "DATA_DIR": str(tmp_path),
            "SIP_BIND": "[::1]:5070",
            "SIP_ADVERTISE": "sip.example.org:5060",
            "METRICS_BIND": "127.0.0.1:9000",
            "EDGE_NAME": "edge7",
        }
    )
    assert config.sip_bind == Address("::1", 5070)
    assert str(config.sip_bind) == "[::1]:5070"
    assert str(config.advertise) == "sip.example.org:5060"
    assert (config.metrics_bind.port, config.name) == (9000, "edge7")


def test_started_alone_it_finds_what_make_run_left(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "env").write_text(
        "# ours\nSECRET_KEY=s\nCREDENTIAL_KEYS='k'\nDATABASE_URL=postgres://x/y?a=b\n"
    )
    config = load_config({"DATA_DIR": str(tmp_path)})
    assert config.database_url == "postgres://x/y?a=b"
    assert config.credential_keys == ("k",)


def test_the_environment_wins_over_the_file(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "env").write_text("DATABASE_URL=postgres://file/d\n")
    assert load_config({**ENVIRON, "DATA_DIR": str(tmp_path)}).database_url == "postgres://u@h/d"


@pytest.mark.parametrize(
    ("name", "value"),
    [("SIP_BIND", "5060"), ("SIP_BIND", "localhost:5060"), ("SIP_BIND", "127.0.0.1:99999"), ("METRICS_BIND", "x:1")],
)
def test_a_wrong_variable_is_named(tmp_path, name, value):
    with pytest.raises(ConfigError, match=name):
        load_config({**ENVIRON, "DATA_DIR": str(tmp_path), name: value})


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET_KEY", "CREDENTIAL_KEYS"])
def test_a_missing_variable_is_named(tmp_path, name):
    environ = {key: value for key, value in ENVIRON.items() if key != name}
    with pytest.raises(ConfigError, match=name):
        load_config({**environ, "DATA_DIR": str(tmp_path)})


def test_keys_differ_by_purpose_and_secret():
    assert derive_key("a", "x") == derive_key("a", "x")
    assert len({derive_key("a", "x"), derive_key("a", "y"), derive_key("b", "x")}) == 3


@pytest.mark.parametrize("bind", ["0.0.0.0:5060", "[::]:5060"])
def test_every_address_is_none_to_advertise(tmp_path, bind):
    environ = {**ENVIRON, "DATA_DIR": str(tmp_path), "SIP_BIND": bind}
    with pytest.raises(ConfigError, match="SIP_ADVERTISE"):
        load_config(environ)
    config = load_config({**environ, "SIP_ADVERTISE": "203.0.113.5:5060"})
    assert str(config.advertise) == "203.0.113.5:5060"
