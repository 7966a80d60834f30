"""`python -m provider.run`: what `make run` ends in.

Environment, left-overs, ports, PostgreSQL and Valkey, migrations and demo data, then web, worker and edge, until
somebody stops it (exit code 0) or something dies (a sentence, exit code 1).
"""

import os
import shutil
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from socket import SOCK_DGRAM, SOCK_STREAM

from provider.run.address import Address
from provider.run.database import check_database, check_redis
from provider.run.environment import ROOT, Environment, read_environment
from provider.run.errors import StartError
from provider.run.keys import env_file, with_keys, write_private
from provider.run.lock import only_instance
from provider.run.output import Output
from provider.run.parts import parts, worker_ready_file
from provider.run.ports import check_free
from provider.run.postgres import EmbeddedPostgres
from provider.run.processes import Records, end_session
from provider.run.supervisor import StopRequestedError, Supervisor
from provider.run.table import WIDTH, read_logins, render
from provider.run.valkey import EmbeddedValkey

READY_SECONDS = 90.0
LEFT_OVER_SECONDS = 5.0
SIP_VARIABLES = {"tls": "SIP_TLS_BIND", "ws": "SIP_WS_BIND", "wss": "SIP_WSS_BIND"}


def main() -> int:
    """Runs everything; returns the exit code."""
    output = Output()
    try:
        environment = with_keys(read_environment(running=False))
        with only_instance(environment.run_dir):
            run(environment, output)
    except (StopRequestedError, KeyboardInterrupt):
        output.plain("Stopped.")
        return 0
    except StartError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{error.filename or 'A file'} cannot be used: {error.strerror}.")
    return 0


def _refuse(sentence: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"\n{sentence}\n")
    return 1


def run(environment: Environment, output: Output) -> None:
    """Starts everything and stays until the end, which is always an exception: StartError, StopRequestedError."""
    records = Records(environment.run_dir)
    end_left_overs(records, output)
    check_addresses(environment)
    with ExitStack() as stack:
        supervisor = Supervisor(os.environ | {"PYTHONUNBUFFERED": "1"}, records, output)
        stack.callback(output.line, "run", "all parts have ended")
        environment = start_services(environment, supervisor, stack, output)
        stack.callback(supervisor.close)
        supervisor.variables |= environment.as_variables()
        write_private(environment.run_dir / "env", env_file(environment))
        start_parts(environment, supervisor, output)
        supervisor.watch()


def end_left_overs(records: Records, output: Output) -> None:
    """Ends parts that a killed supervisor left behind; they hold ports and would write beside the new ones."""
    for name, identity in records.read().items():
        if end_session(identity, LEFT_OVER_SECONDS):
            output.line("run", f"ended the {name} that an earlier start had left behind (pid {identity.pid})")
        records.remove(name)


def check_addresses(environment: Environment) -> None:
    """Raises StartError for the first address that cannot be opened, or that phones could not send to."""
    listeners = environment.sip_listeners
    check_free("HTTP_BIND", environment.http_bind, SOCK_STREAM)
    for one in listeners:
        variable = SIP_VARIABLES.get(one.transport, "SIP_BIND")
        check_free(variable, Address(one.host, one.port), SOCK_DGRAM if one.transport == "udp" else SOCK_STREAM)
    check_free("METRICS_BIND", environment.metrics_bind, SOCK_STREAM)


def start_services(environment: Environment, supervisor: Supervisor, stack: ExitStack, output: Output) -> Environment:
    """PostgreSQL and Valkey: the operator's, looked at, or our own, started. Returns the URLs in effect."""
    database_url, redis_url = environment.database_url, environment.redis_url
    if database_url is None:
        postgres = EmbeddedPostgres(environment.data_dir / "postgres")
        stack.callback(postgres.stop)
        database_url = postgres.start()
        supervisor.guard("embedded PostgreSQL", postgres.running(), postgres.last_words)
        output.line("run", f"PostgreSQL is up, its data in {postgres.folder}")
    else:
        check_database(database_url)
    supervisor.check_stop()
    if redis_url is None:
        valkey = EmbeddedValkey(environment.data_dir / "valkey")
        stack.callback(valkey.stop)
        redis_url = valkey.start()
        supervisor.guard("embedded Valkey", valkey.running(), valkey.last_words)
        output.line("run", "Valkey is up")
    else:
        check_redis(redis_url)
    supervisor.check_stop()
    return replace(environment, database_url=database_url, redis_url=redis_url)


def start_parts(environment: Environment, supervisor: Supervisor, output: Output) -> None:
    """Migrations and demo data, then the parts; prints the table once all of them answer."""
    logins = environment.run_dir / "logins.json"
    prepare = [sys.executable, str(ROOT / "manage.py"), "prepare", "--logins", str(logins)]
    supervisor.run("prepare", prepare)
    worker_ready_file(environment.data_dir).unlink(missing_ok=True)
    started = parts(environment)
    for part in started:
        supervisor.start(part)
    supervisor.wait_until_ready(started, READY_SECONDS)
    width = max(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)
    output.plain(render(environment, read_logins(logins), colour=output.colour, width=width))


if __name__ == "__main__":
    os.chdir(Path(ROOT))
    sys.exit(main())
