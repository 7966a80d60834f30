"""docker-compose.yml starts what `make run` starts: the same commands, with the contract's variables."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from provider.run.address import Address
from provider.run.environment import ROOT, VARIABLES, Environment, read_environment
from provider.run.parts import beat_command, edge_command, parts, web_command, worker_command
from sipedge.listeners import Listener
from tests.contracts.test_variables import read_by_the_edge

DATA = Path("/data")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


@pytest.fixture
def environment() -> Environment:
    return read_environment({"DATA_DIR": "/nowhere/freiton"}, running=False)


def test_every_part_of_the_platform_is_a_service(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"postgres", "valkey", "prepare", "web", "worker", "beat", "edge"}


@pytest.mark.parametrize(
    ("service", "command"),
    [
        ("web", web_command(Address("0.0.0.0", 8000))),
        ("worker", worker_command()),
        ("beat", beat_command(DATA)),
        ("edge", edge_command()),
        ("prepare", ("python", "-m", "provider.run.prepare")),
    ],
)
def test_a_service_runs_the_command_of_make_run(
    compose: dict[str, Any], service: str, command: tuple[str, ...]
) -> None:
    assert tuple(compose["services"][service]["command"]) == command


def test_make_run_starts_the_same_programs(environment: Environment, compose: dict[str, Any]) -> None:
    for part in parts(environment):
        service = compose["services"][part.name]["command"]
        assert Path(part.command[0]).name.startswith(service[0])
        assert part.command[1 : len(service)] == tuple(service[1:]) or part.name == "web"


@pytest.mark.parametrize("service", ["prepare", "web", "worker", "beat", "edge"])
def test_every_service_of_ours_gets_every_variable_of_the_contract(compose: dict[str, Any], service: str) -> None:
    given = list(compose["services"][service]["environment"])
    assert given[: len(VARIABLES)] == [variable.name for variable in VARIABLES]
    assert set(given[len(VARIABLES) :]) <= (read_by_the_edge() if service == "edge" else set())


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    secrets = re.findall(r"\$\{((?:\w+_)?(?:PASSWORD|KEY|KEYS))(:[-?][^}]*)?\}", text)
    assert secrets
    for name, fallback in secrets:
        assert fallback == ":-" or fallback.startswith(":?"), name


def with_certificate(given: dict[str, str]) -> tuple[Listener, ...]:
    return read_environment(given | {"SIP_TLS_CERTIFICATES": "both.pem"}, running=False).sip_listeners


def test_the_values_of_the_containers_are_ones_that_we_accept(compose: dict[str, Any]) -> None:
    written = compose["services"]["web"]["environment"]
    given = {name: re.sub(r"\$\{\w+:[-?]([^{}]*)\}", r"\1", value) for name, value in written.items()}
    given |= {"DATABASE_URL": "postgresql://freiton:x@postgres:5432/freiton", "REDIS_URL": "redis://valkey/0"}
    read = read_environment(given, running=False)
    assert (read.data_dir, read.demo) == (DATA, False)
    assert str(read.metrics_bind) == "0.0.0.0:9464"
    inside = {f"{one.port}/{'udp' if one.transport == 'udp' else 'tcp'}" for one in with_certificate(given)}
    published = {port.rpartition(":")[2] for port in compose["services"]["edge"]["ports"]}
    exposed = set((ROOT / "Dockerfile").read_text().partition("EXPOSE ")[2].split("\n")[0].split())
    assert inside == published == exposed - {"8000/tcp", "9464/tcp"}


def test_the_image_sets_only_variables_of_the_contract() -> None:
    block = (ROOT / "Dockerfile").read_text().partition("ENV ")[2].partition("\nUSER")[0]
    names = set(re.findall(r"(\w+)=", block)) - {"PYTHONUNBUFFERED"}
    assert names <= {variable.name for variable in VARIABLES}
