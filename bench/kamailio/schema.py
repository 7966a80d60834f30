"""Kamailio's tables with the columns and indexes that its 5.6 has, and the bench's subscribers in them."""

from __future__ import annotations

import hashlib
from io import StringIO
from typing import Final

from bench.database import Database
from bench.seed import DOMAIN, e164, username

NAME: Final = "kamailio"
TABLES: Final = """
CREATE TABLE version (
    id serial PRIMARY KEY, table_name varchar(32) NOT NULL UNIQUE, table_version integer NOT NULL DEFAULT 0
);
INSERT INTO version (table_name, table_version) VALUES
    ('version', 1), ('location', 9), ('location_attrs', 1), ('subscriber', 7), ('dbaliases', 1);
CREATE TABLE subscriber (
    id serial PRIMARY KEY,
    username varchar(64) NOT NULL DEFAULT '', domain varchar(64) NOT NULL DEFAULT '',
    password varchar(64) NOT NULL DEFAULT '', ha1 varchar(128) NOT NULL DEFAULT '',
    ha1b varchar(128) NOT NULL DEFAULT '',
    UNIQUE (username, domain)
);
CREATE INDEX ON subscriber (username);
CREATE TABLE location (
    id serial PRIMARY KEY,
    ruid varchar(64) NOT NULL DEFAULT '' UNIQUE,
    username varchar(64) NOT NULL DEFAULT '', domain varchar(64),
    contact varchar(512) NOT NULL DEFAULT '', received varchar(128), path varchar(512),
    expires timestamp NOT NULL DEFAULT '2030-05-28 21:32:15', q real NOT NULL DEFAULT 1.0,
    callid varchar(255) NOT NULL DEFAULT '', cseq integer NOT NULL DEFAULT 1,
    last_modified timestamp NOT NULL DEFAULT '2000-01-01 00:00:01',
    flags integer NOT NULL DEFAULT 0, cflags integer NOT NULL DEFAULT 0,
    user_agent varchar(255) NOT NULL DEFAULT '', socket varchar(64), methods integer, instance varchar(255),
    reg_id integer NOT NULL DEFAULT 0, server_id integer NOT NULL DEFAULT 0, connection_id integer NOT NULL DEFAULT 0,
    keepalive integer NOT NULL DEFAULT 0, partition integer NOT NULL DEFAULT 0
);
CREATE INDEX ON location (username, domain, contact);
CREATE INDEX ON location (expires);
CREATE INDEX ON location (connection_id);
CREATE INDEX ON location (server_id, connection_id);
CREATE TABLE location_attrs (
    id serial PRIMARY KEY, ruid varchar(64) NOT NULL DEFAULT '',
    username varchar(64) NOT NULL DEFAULT '', domain varchar(64),
    aname varchar(64) NOT NULL DEFAULT '', atype integer NOT NULL DEFAULT 0, avalue varchar(512) NOT NULL DEFAULT '',
    last_modified timestamp NOT NULL DEFAULT '2000-01-01 00:00:01'
);
CREATE INDEX ON location_attrs (username, domain, ruid);
CREATE INDEX ON location_attrs (last_modified);
CREATE TABLE dbaliases (
    id serial PRIMARY KEY,
    alias_username varchar(64) NOT NULL DEFAULT '', alias_domain varchar(64) NOT NULL DEFAULT '',
    username varchar(64) NOT NULL DEFAULT '', domain varchar(64) NOT NULL DEFAULT ''
);
CREATE INDEX ON dbaliases (alias_username);
CREATE INDEX ON dbaliases (alias_username, alias_domain);
CREATE INDEX ON dbaliases (username, domain);
"""


def prepare(database: Database, subscribers: int, password: str) -> None:
    """Makes database and tables where there are none, and as many subscribers and aliases as the edge has."""
    if database.create(NAME):
        with database.cursor(NAME) as cursor:
            cursor.execute(TABLES)
    there = database.value("SELECT count(*) FROM subscriber", name=NAME)
    missing = range(there, subscribers)
    with database.cursor(NAME) as cursor:
        accounts = "".join(f"{username(n)}\t{DOMAIN}\t{_ha1(username(n), password)}\n" for n in missing)
        cursor.copy_expert("COPY subscriber (username, domain, ha1) FROM STDIN", StringIO(accounts))
        aliases = "".join(f"{e164(n)}\t{DOMAIN}\t{username(n)}\t{DOMAIN}\n" for n in missing)
        cursor.copy_expert(
            "COPY dbaliases (alias_username, alias_domain, username, domain) FROM STDIN", StringIO(aliases)
        )


def forget_locations(database: Database) -> None:
    """As if nobody had ever registered."""
    with database.cursor(NAME) as cursor:
        cursor.execute("TRUNCATE location")


def _ha1(name: str, password: str) -> str:
    return hashlib.md5(f"{name}:{DOMAIN}:{password}".encode(), usedforsecurity=False).hexdigest()
