"""Which members an answer has."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

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
