"""The views named edge_*: what the edge may rely on. A change here is a change of the edge, too."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Customer, Reseller, UserAgentBan
from numbering.actions import release_number
from sipedge.guards.user_agents import fits
from sipedge.store.numbers import NUMBERS
from subscribers.actions import add_credential
from subscribers.models import Binding, Domain, DomainName, Subscriber
from tests.contracts.asking import row as _row
from tests.contracts.asking import rows as _rows
from tests.factories.numbering import (
    NumberAssignmentFactory,
    NumberBlockFactory,
    PhoneNumberFactory,
)
from tests.factories.subscribers import BindingFactory, DomainFactory, SubscriberFactory
from tests.factories.two_resellers import TwoResellers

COLUMNS = {
    "edge_domain": {
        "id": "bigint", "name": "text", "names": "text[]", "reseller_id": "bigint", "is_default": "boolean",
        "digest_algorithm": "text", "number_format_id": "bigint", "is_active": "boolean",
        "strict_call_id": "boolean",
    },
    "edge_subscriber": {
        "id": "bigint", "domain_id": "bigint", "username": "text", "reseller_id": "bigint", "customer_id": "bigint",
        "display_name": "text", "is_active": "boolean", "digest_algorithm": "text", "main_number": "text",
        "secrets": "text[]", "settings": "jsonb", "customer_max_calls": "integer", "reseller_max_calls": "integer",
        "number_format_id": "bigint",
    },
    "edge_number": {
        "e164": "text", "subscriber_id": "bigint", "domain_id": "bigint", "username": "text",
        "extension_digits": "smallint", "is_ported_out": "boolean",
    },
    "edge_number_block": {
        "digits": "smallint", "lowest": "bigint", "highest": "bigint", "extension_digits": "smallint",
    },
    "edge_number_format": {
        "id": "bigint", "name": "text", "country_code": "text", "international_prefix": "text",
        "national_prefix": "text", "area_code": "text", "bare_digits": "text", "sends_as": "text",
        "plan": "text", "extension_base": "text", "extension_digits": "integer", "emergency_numbers": "text[]",
        "service_numbers": "text[]",
    },
    "edge_gateway": {
        "id": "bigint", "name": "text", "host": "text", "port": "integer", "transport": "text",
        "number_format_id": "bigint", "sources": "text[]", "is_active": "boolean",
        "tls_name": "text", "outbound_proxy": "text", "called_number_in": "text", "caller_in": "text",
        "identity_as": "text", "from_as": "text", "diverted_as": "text", "max_calls": "integer",
        "max_calls_per_second": "integer", "probe_interval": "smallint", "failover_codes": "smallint[]",
        "ringing_within": "smallint", "inbound_username": "text", "inbound_secret": "text",
        "outbound_username": "text", "outbound_secret": "text", "outbound_realm": "text", "registers": "boolean",
        "registrar": "text", "registration_aor": "text", "registration_user": "text",
        "registration_expires": "integer", "registration_edge": "text",
    },
    "edge_route": {
        "id": "bigint", "gateway_id": "bigint", "prefix": "text", "priority": "smallint", "kind": "text",
        "reseller_id": "bigint", "customer_id": "bigint", "domain_id": "bigint", "weight": "smallint",
        "cost": "integer", "weekdays": "smallint[]", "opens": "integer", "closes": "integer", "timezone": "text",
        "is_last": "boolean",
    },
    "edge_destination_rule": {
        "id": "bigint", "prefix": "text", "is_allowed": "boolean", "reason": "text", "reseller_id": "bigint",
        "customer_id": "bigint", "kind": "text",
    },
    "edge_gateway_state": {
        "id": "bigint", "gateway_id": "bigint", "edge": "text", "saved_at": "timestamp with time zone",
        "is_up": "boolean", "since": "timestamp with time zone", "last_status": "smallint", "last_error": "text",
        "round_trip_ms": "integer", "checked_at": "timestamp with time zone",
        "registered_until": "timestamp with time zone", "registration_status": "smallint",
        "registration_error": "text",
    },
    "edge_user_agent_ban": {"id": "bigint", "pattern": "text"},
    "edge_binding": {
        "id": "bigint", "uid": "uuid", "subscriber_id": "bigint", "key": "text", "contact": "text", "call_id": "text",
        "cseq": "bigint", "q": "smallint", "expires_at": "timestamp with time zone", "received_from": "text",
        "flow": "text", "transport": "text", "user_agent": "text", "path": "text", "instance_id": "text",
        "reg_id": "integer", "edge": "text", "created_at": "timestamp with time zone",
        "updated_at": "timestamp with time zone",
    },
    "edge_call": {
        "id": "uuid", "direction": "character varying(10)", "state": "character varying(10)", "sip_call_id": "text",
        "from_tag": "text", "to_tag": "text", "caller": "text", "callee": "text",
        "caller_number": "character varying(16)", "callee_number": "character varying(16)",
        "caller_subscriber_id": "bigint", "callee_subscriber_id": "bigint", "caller_customer_id": "bigint",
        "callee_customer_id": "bigint", "caller_reseller_id": "bigint", "callee_reseller_id": "bigint",
        "gateway_in_id": "bigint", "gateway_out_id": "bigint", "edge": "text",
        "started_at": "timestamp with time zone", "ringing_at": "timestamp with time zone",
        "answered_at": "timestamp with time zone", "ended_at": "timestamp with time zone", "status_code": "smallint",
        "reason": "text", "cause": "smallint", "ended_by": "character varying(10)",
        "parent_id": "uuid", "steps": "jsonb", "attempts": "jsonb", "dialog": "jsonb",
        "session_expires_at": "timestamp with time zone",
    },
}  # fmt: skip

UPSERT = """
    INSERT INTO edge_binding AS known
        (subscriber_id, key, contact, call_id, cseq, expires_at, received_from, transport, updated_at)
    SELECT subscriber, 'k', %(contact)s, 'c', %(cseq)s, now() + interval '1 hour', 'udp:192.0.2.1:5060',
        %(transport)s, now()
    FROM unnest(%(subscribers)s::bigint[]) AS subscriber
    ON CONFLICT (subscriber_id, key) DO UPDATE
        SET contact = excluded.contact, cseq = excluded.cseq, expires_at = excluded.expires_at,
            transport = excluded.transport, updated_at = excluded.updated_at
        WHERE known.cseq < excluded.cseq
    RETURNING subscriber_id
"""

pytestmark = pytest.mark.django_db


def _upsert(subscribers: list[int], cseq: int, contact: str = "sip:a@192.0.2.1", transport: str = "udp") -> set[int]:
    values = {"subscribers": subscribers, "cseq": cseq, "contact": contact, "transport": transport}
    rows = _rows(UPSERT, values)
    return {row["subscriber_id"] for row in rows}


@pytest.mark.parametrize("view", COLUMNS)
def test_columns(view: str) -> None:
    found = _rows(
        "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [view],
    )
    assert {row["attname"]: row["type"] for row in found} == COLUMNS[view]


def test_no_other_view_is_named_so() -> None:
    found = _rows("SELECT viewname FROM pg_views WHERE viewname LIKE 'edge%'")
    assert {row["viewname"] for row in found} == set(COLUMNS)


@pytest.mark.parametrize(
    ("view", "table"),
    [
        ("edge_binding", "subscribers_binding"),
        ("edge_call", "calls_call"),
        ("edge_gateway_state", "trunking_gatewaystate"),
    ],
)
def test_what_the_edge_writes_is_auto_updatable_and_whole(view: str, table: str) -> None:
    (row,) = _rows("SELECT * FROM information_schema.views WHERE table_name = %s", [view])
    assert (row["is_updatable"], row["is_insertable_into"]) == ("YES", "YES")
    columns = _rows("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
    assert {column["column_name"] for column in columns} == set(COLUMNS[view])


@pytest.mark.parametrize("table", ["subscribers_binding", "calls_call"])
def test_pages_have_room_for_later_states(table: str) -> None:
    rows = _rows(
        "SELECT reloptions FROM pg_partition_tree(%s::regclass) t JOIN pg_class c ON c.oid = t.relid WHERE isleaf"
        " UNION ALL SELECT reloptions FROM pg_class WHERE oid = %s::regclass AND relkind = 'r'",
        [table, table],
    )
    assert rows
    assert all(any(option.startswith("fillfactor=") for option in row["reloptions"]) for row in rows)


def test_no_index_stands_on_what_a_refresh_changes() -> None:
    """A refresh comes by the transport of the registration: where it does not, the phone was set up anew."""
    rows = _rows(
        "SELECT DISTINCT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
        "AND a.attnum = ANY(i.indkey) WHERE i.indrelid = 'subscribers_binding'::regclass"
    )
    assert {row["attname"] for row in rows} == {"id", "uid", "subscriber_id", "key", "transport"}


def test_the_tables_defaults_hold_through_the_view() -> None:
    _upsert([SubscriberFactory().pk], 1)
    binding = Binding.objects.get()
    assert (binding.q, binding.flow, binding.user_agent, binding.path, binding.edge) == (1000, None, "", "", "")
    assert binding.uid is not None
    assert abs(binding.created_at - timezone.now()) < timedelta(seconds=30)


def test_a_guarded_upsert_names_the_rows_that_it_wrote() -> None:
    known, stale = SubscriberFactory().pk, SubscriberFactory().pk
    assert _upsert([known, stale], 1) == {known, stale}
    _upsert([stale], 9)
    assert _upsert([known, stale], 5) == {known}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("transport", ["udp", "tls"])
def test_a_refresh_is_a_hot_update(transport: str) -> None:
    one = SubscriberFactory()
    Subscriber.objects.bulk_create(
        Subscriber(domain=one.domain, customer=one.customer, reseller=one.reseller, username=f"u{n}")
        for n in range(300)
    )
    subscribers = list(Subscriber.objects.values_list("pk", flat=True))
    _upsert(subscribers, 1, transport=transport)
    before = _tuples()
    # A fifth of each page finds room there without any of PostgreSQL's tidying, which others' sessions hold up.
    _upsert(subscribers[::5], 2, "sip:phone@192.0.2.2:5060", transport)
    after = _tuples()
    assert (after[0] - before[0], after[1] - before[1]) == (61, 61)


def _tuples() -> tuple[int, int]:
    """Rows of Binding updated so far, and those of them that touched no index."""
    _rows("SELECT pg_stat_force_next_flush()")
    (row,) = _rows("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'subscribers_binding'")
    return row["n_tup_upd"], row["n_tup_hot_upd"]


def test_a_domain_with_its_names_and_how_it_dials(two_resellers: TwoResellers) -> None:
    domain = two_resellers.a.domain
    DomainName.objects.create(domain=domain, name="127.0.0.1")
    DomainName.objects.create(domain=domain, name="0.example.org")
    row = _row("edge_domain", id=domain.pk)
    assert row["names"] == ["a.example.org", "0.example.org", "127.0.0.1"]
    assert row["number_format_id"] == domain.dial_settings.number_format_id
    assert (row["is_default"], row["digest_algorithm"], row["is_active"]) == (False, "MD5", True)
    assert not row["strict_call_id"]
    Domain.objects.update(strict_call_id=True)
    assert _row("edge_domain", id=domain.pk)["strict_call_id"]


def test_a_domain_without_dial_settings_has_no_number_format() -> None:
    assert _row("edge_domain", id=DomainFactory().pk)["number_format_id"] is None


@pytest.mark.parametrize("model", [Domain, Reseller])
def test_a_suspended_domain(model: Any) -> None:
    domain = DomainFactory()
    model.objects.update(is_active=False)
    assert not _row("edge_domain", id=domain.pk)["is_active"]


def test_a_subscriber_with_its_main_number_and_secrets(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    second, _ = add_credential(side.alice)
    row = _row("edge_subscriber", domain_id=side.domain.pk, username="alice")
    assert (row["id"], row["reseller_id"], row["customer_id"]) == (side.alice.pk, side.reseller.pk, side.customer.pk)
    assert (row["main_number"], row["display_name"], row["digest_algorithm"]) == ("+4311001", "Alice", None)
    assert row["secrets"] == [side.alice_credential.secret, second.secret]
    assert row["is_active"]


def test_a_subscriber_without_anything() -> None:
    row = _row("edge_subscriber", id=SubscriberFactory().pk)
    assert (row["main_number"], row["secrets"]) == (None, [])


@pytest.mark.parametrize("model", [Subscriber, Customer, Reseller, Domain])
def test_a_subscriber_is_suspended_by_whoever_stands_above(model: Any) -> None:
    subscriber = SubscriberFactory()
    model.objects.update(is_active=False)
    assert not _row("edge_subscriber", id=subscriber.pk)["is_active"]


def test_a_number_and_who_has_it_now(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    plain = {"extension_digits": 0, "is_ported_out": False}
    held = {
        "e164": "+4311001",
        "subscriber_id": side.alice.pk,
        "domain_id": side.domain.pk,
        "username": "alice",
    } | plain
    nobody = {"subscriber_id": None, "domain_id": None, "username": None} | plain
    assert _row("edge_number", e164="+4311001") == held
    assert _row("edge_number", e164="+4311003") == {"e164": "+4311003"} | nobody
    release_number(side.alice_number)
    assert _row("edge_number", e164="+4311001") == {"e164": "+4311001"} | nobody
    assert _row("edge_subscriber", id=side.alice.pk)["main_number"] is None


def test_a_number_with_a_past_and_a_future_is_one_row() -> None:
    now, day = timezone.now(), timedelta(days=1)
    past = NumberAssignmentFactory(valid_from=now - 2 * day, valid_until=now - day, is_main=True)
    NumberAssignmentFactory(number=past.number, subscriber=past.subscriber, valid_from=now + day, is_main=True)
    assert _row("edge_number", e164=past.number.e164)["subscriber_id"] is None
    assert _row("edge_subscriber", id=past.subscriber_id)["main_number"] is None


def test_a_number_with_extensions_that_was_ported_out() -> None:
    PhoneNumberFactory(e164="+4311001", extension_digits=3, ported_out=True)
    row = _row("edge_number", e164="+4311001")
    assert (row["extension_digits"], row["is_ported_out"], row["subscriber_id"]) == (3, True, None)


def test_a_block_of_numbers() -> None:
    NumberBlockFactory(first="+4314000", last="+4314099", extension_digits=2)
    assert _row("edge_number_block") == {"digits": 7, "lowest": 4314000, "highest": 4314099, "extension_digits": 2}


def test_banned_user_agents_are_the_active_ones() -> None:
    UserAgentBan.objects.create(pattern="evil*")
    UserAgentBan.objects.create(pattern="tamed*", is_active=False)
    patterns = {row["pattern"] for row in _rows("SELECT * FROM edge_user_agent_ban")}
    assert "evil*" in patterns
    assert "tamed*" not in patterns


def test_the_scanners_that_everybody_meets_are_banned_from_the_start() -> None:
    patterns = import_module("accounts.migrations.0005_edge_user_agents").SCANNERS
    for scanner in ("friendly-scanner", "sipvicious", "sundayddr", "sipcli/v1.8", "VaxSIPUserAgent/3.5"):
        assert any(fits(pattern, scanner) for pattern in patterns), scanner
    for phone in (
        "sipsak 0.9.8",
        "Yealink SIP-T54W 96.86",
        "baresip v1.0.0",
        "PJSUA v2.15 Linux",
        "Linphone/5",
        "SIPp",
    ):
        assert not any(fits(pattern, phone) for pattern in patterns), phone


def test_look_ups_by_key_use_indexes() -> None:
    """The edge's misses must not scan: with sequential scans forbidden, none is left in the plan."""
    statements = [
        "SELECT * FROM edge_subscriber WHERE (domain_id, username) IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))",
        NUMBERS.replace("$1", "%s"),
        "SELECT * FROM edge_binding WHERE subscriber_id = ANY(%s)",
        "SELECT * FROM edge_binding WHERE (subscriber_id, key) > (%s, %s) ORDER BY subscriber_id, key LIMIT 500",
    ]
    values: list[list[Any]] = [[[1], ["alice"]], [["+4311001"]], [[1]], [1, "key"]]
    with transaction.atomic():
        _rows("SELECT set_config('enable_seqscan', 'off', true)")
        for statement, parameters in zip(statements, values, strict=True):
            plan = "\n".join(row["QUERY PLAN"] for row in _rows(f"EXPLAIN {statement}", parameters))
            assert "Seq Scan" not in plan


def test_the_edge_may_fetch_bindings_by_subscriber() -> None:
    binding = BindingFactory()
    assert _row("edge_binding", subscriber_id=binding.subscriber_id)["contact"] == binding.contact
