"""Which members an answer has."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions import create_token
from tests.factories.accounts import CustomerFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows

pytestmark = pytest.mark.usefixtures("redis_url")


def test_the_members_that_are_asked_for(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    assert rows(side.reseller_token_text, "customers/", fields="name, id") == [
        {"id": str(side.customer.uid), "name": side.customer.name}
    ]
    one = ask(side.reseller_token_text, f"customers/{side.customer.uid}/", fields="max_calls")
    assert (one.json(), "ETag" in one.headers) == ({"max_calls": None}, False)


def test_references_are_written_out_in_one_query(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    token = side.reseller_token_text
    (row,) = rows(token, "customers/", expand="reseller", fields="reseller")
    assert row["reseller"]["name"] == side.reseller.name
    CustomerFactory.create_batch(5, reseller=side.reseller)
    counts = []
    for parameters in ({}, {"expand": "reseller"}):
        with CaptureQueriesContext(connection) as queries:
            assert len(rows(token, "customers/", **parameters)) == 6
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_is_not_there_is_named(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    assert refused_fields(ask(token, "customers/", fields="id,colour")) == {"fields": "unknown"}
    assert refused_fields(ask(token, "customers/", expand="name")) == {"expand": "unknown"}
    assert refused_fields(ask(token, "number-blocks/", expand="reseller")) == {"expand": "unknown_parameter"}


def test_a_narrow_token_sees_no_more_by_way_of_a_reference(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    _row, narrow = create_token(side.reseller_user, "narrow", ["subscribers:read"])
    _row, both = create_token(side.reseller_user, "both", ["subscribers:read", "accounts:read"])
    for path in ("subscribers/", f"subscribers/{side.alice.uid}/"):
        assert ask(narrow, path, expand="domain").status_code == 200
        refused = ask(narrow, path, expand="domain,customer")
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
        assert 'scope="accounts:read"' in refused.headers["WWW-Authenticate"]
        assert side.customer.name not in refused.content.decode()
        assert ask(both, path, expand="domain,customer").status_code == 200
