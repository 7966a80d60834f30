"""Kamailio's configuration, written for one mode: UDP alone, no logging, its documented settings for load.

As much as the edge's own work and nothing beyond: challenge with qop=auth, HA1 from a hash table or by auth_db,
bindings by registrar and usrloc; calls in by an alias in the database, by tm, with Record-Route and without dialogs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

CHILDREN: Final = 2
"""Processes that receive: one for each core. With four a registration costs it no less."""
FLUSH_SECONDS: Final = 5
"""How often changed bindings are written back; its default is 60, which a run of some seconds would not see."""


class Mode(Enum):
    """How it keeps secrets and bindings; the value is what tables call it."""

    MEMORY = "HA1 cached, location in memory only"
    WRITTEN_BACK = "HA1 cached, location written back by timer"
    AUTH_DB_BACK = "auth_db, written back by timer"
    WRITTEN_THROUGH = "HA1 cached, location written through"
    AUTH_DB_THROUGH = "auth_db, written through"

    @property
    def has_cache(self) -> bool:
        """Whether the HA1 is kept in its hash table, instead of asked for each time."""
        return self in {Mode.MEMORY, Mode.WRITTEN_BACK, Mode.WRITTEN_THROUGH}

    @property
    def is_written_back(self) -> bool:
        """Whether its timer writes."""
        return self in {Mode.WRITTEN_BACK, Mode.AUTH_DB_BACK}

    @property
    def db_mode(self) -> int:
        """usrloc's: 0 nothing is written, 1 at once, 2 by the timer."""
        if self is Mode.MEMORY:
            return 0
        return 2 if self.is_written_back else 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file is written for. url: its database, postgres://…; host: where it listens, by UDP."""

    mode: Mode
    url: str
    host: str
    port: int
    folder: str
    children: int = CHILDREN


_HEAD = """#!KAMAILIO
debug=-1
log_stderror=yes
fork=yes
children={children}
disable_tcp=yes
auto_aliases=no
dns=no
rev_dns=no
use_dns_cache=off
listen=udp:{host}:{port}
alias="localhost"
"""
_MODULES: Final = ("tm", "sl", "rr", "pv", "maxfwd", "textops", "siputils", "xlog", "db_postgres", "usrloc",
                   "registrar", "auth", "auth_db", "alias_db", "htable", "sqlops", "ctl")  # fmt: skip
_PARAMETERS = """
modparam("ctl", "binrpc", "unix:{folder}/kamailio_ctl")
modparam("tm", "failure_reply_mode", 3)
modparam("tm", "fr_timer", 30000)
modparam("tm", "fr_inv_timer", 120000)
modparam("rr", "enable_full_lr", 0)
modparam("rr", "append_fromtag", 0)
modparam("usrloc", "db_url", "{url}")
modparam("usrloc", "db_mode", {db_mode})
modparam("usrloc", "use_domain", 0)
modparam("usrloc", "hash_size", 14)
modparam("usrloc", "timer_interval", {flush})
modparam("registrar", "max_contacts", 10)
modparam("auth", "qop", "auth")
modparam("auth_db", "db_url", "{url}")
modparam("auth_db", "calculate_ha1", 0)
modparam("auth_db", "password_column", "ha1")
modparam("auth_db", "load_credentials", "")
modparam("auth_db", "use_domain", 0)
modparam("alias_db", "db_url", "{url}")
modparam("alias_db", "use_domain", 0)
modparam("htable", "htable", "ha1=>size=16;")
modparam("sqlops", "sqlcon", "db=>{url}")
"""
_ROUTE = """
request_route {{
    if (!mf_process_maxfwd_header("10")) {{
        sl_send_reply("483", "Too Many Hops");
        exit;
    }}
    if (is_method("REGISTER")) {{
        route(REGISTRATION);
        exit;
    }}
    if (is_method("OPTIONS") && uri == myself) {{
        sl_send_reply("200", "OK");
        exit;
    }}
    if (has_totag()) {{
        if (loose_route()) {{
            t_relay();
            exit;
        }}
        if (is_method("ACK") && t_check_trans()) {{
            t_relay();
            exit;
        }}
        if (!is_method("ACK")) sl_send_reply("404", "Not here");
        exit;
    }}
    if (is_method("CANCEL")) {{
        if (t_check_trans()) t_relay();
        exit;
    }}
    t_check_trans();
    if (is_method("INVITE")) record_route();
    alias_db_lookup("dbaliases");
    if (!lookup("location")) {{
        t_newtran();
        t_reply("404", "Not Found");
        exit;
    }}
    t_relay();
}}

route[REGISTRATION] {{
    if (!is_present_hf("Authorization")) {{
        auth_challenge("localhost", "1");
        exit;
    }}
{check}
    if (!save("location")) sl_reply_error();
}}
"""
_CACHED = """    if ($sht(ha1=>$au) == $null) {{
        sql_query("db", "SELECT ha1 FROM subscriber WHERE username = '$(au{{s.escape.common}})'", "ra");
        if ($dbr(ra=>rows) > 0) $sht(ha1=>$au) = $dbr(ra=>[0,0]);
        sql_result_free("ra");
    }}
    if (!pv_auth_check("localhost", "$sht(ha1=>$au)", "1", "0")) {{
        auth_challenge("localhost", "1");
        exit;
    }}"""
_ASKED = """    if (!auth_check("localhost", "subscriber", "0")) {
        auth_challenge("localhost", "1");
        exit;
    }"""


def render(settings: Settings) -> str:
    """The file's text."""
    values = {
        "children": settings.children, "host": settings.host, "port": settings.port, "folder": settings.folder,
        "url": settings.url, "db_mode": settings.mode.db_mode, "flush": FLUSH_SECONDS,
    }  # fmt: skip
    modules = "".join(f'loadmodule "{name}.so"\n' for name in _MODULES)
    check = _CACHED.format() if settings.mode.has_cache else _ASKED
    return _HEAD.format(**values) + modules + _PARAMETERS.format(**values) + _ROUTE.format(check=check)
