"""The table that is printed when, and only when, all parts answer: where to go, and as whom."""

import json
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.table import Table

from provider.run.environment import Environment

WIDTH = 130  # columns: an API token must fit without a break, so that it can be copied


SIP_ROWS = (
    ("SIP (UDP and TCP)", "udp", ""),
    ("SIP (TLS)", "tls", ""),
    ("SIP (WebSocket)", "ws", "ws://"),
    ("SIP (secure WebSocket)", "wss", "wss://"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is, where it is, and how to log in (empty where nothing is known or needed)."""

    what: str
    where: str
    login: str = ""


def read_logins(file: Path) -> list[Row]:
    """The demo logins that still hold, as `manage.py prepare --logins` wrote them; the file is removed."""
    try:
        rows = json.loads(file.read_text())
    except FileNotFoundError:
        return []
    file.unlink()
    return [Row(**row) for row in rows]


def address_rows(environment: Environment) -> list[Row]:
    """Where each part can be reached."""
    return [
        Row("Admin panel", f"{environment.public_url}/admin/"),
        Row("Customer portal", f"{environment.public_url}/"),
        Row("REST API", f"{environment.public_url}/api/v1/"),
        *sip_rows(environment),
        Row("Metrics of the edge", f"http://{environment.metrics_bind}/metrics"),
    ]


def sip_rows(environment: Environment) -> list[Row]:
    """What phones are told, one line for each kind of transport that is on."""
    rows = []
    for what, transport, scheme in SIP_ROWS:
        bound = [scheme + one.bound for one in environment.sip_listeners if one.transport == transport]
        if bound:
            rows.append(Row(what, ", ".join(bound)))
    return rows


def render(environment: Environment, logins: list[Row], *, colour: bool, width: int = WIDTH) -> str:
    """The table as text. A login stands beside the address that it is for, else in a line of its own."""
    known = {row.what: row for row in logins}
    table = Table(title="Freiton is ready", title_justify="left")
    for heading in ("What", "Where", "Login"):
        table.add_column(heading, overflow="fold")
    for row in address_rows(environment):
        table.add_row(row.what, row.where, known.pop(row.what, row).login)
    for row in known.values():
        table.add_row(row.what, row.where, row.login)
    target = StringIO()
    Console(file=target, width=width, force_terminal=colour, no_color=not colour).print(table, markup=False)
    return target.getvalue().rstrip() + f"\nData: {environment.data_dir}   Stop: Ctrl-C"
