"""How the edge reads number formats, and who has one of its own."""

import pytest

from sipedge.facts import NumberFormatFacts
from tests.contracts.asking import row
from tests.contracts.test_edge_views import COLUMNS
from tests.factories.numbering import DialSettingsFactory
from tests.factories.trunking import GatewayFactory
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db


def test_a_subscriber_who_dials_in_its_own_way(two_resellers: TwoResellers) -> None:
    alice, bob = two_resellers.a.alice, two_resellers.a.bob
    own = DialSettingsFactory(domain=None, subscriber=alice)
    assert row("edge_subscriber", id=alice.pk)["number_format_id"] == own.number_format_id
    assert row("edge_subscriber", id=bob.pk)["number_format_id"] is None
    of_domain = two_resellers.a.domain.dial_settings
    assert row("edge_domain", id=alice.domain_id)["number_format_id"] == of_domain.number_format_id


def test_a_number_format_is_the_value_that_the_edge_makes_of_it() -> None:
    assert list(COLUMNS["edge_number_format"]) == list(NumberFormatFacts._fields)


def test_a_number_format() -> None:
    gateway = GatewayFactory()
    found = row("edge_number_format", id=gateway.number_format_id)
    assert (found["country_code"], found["international_prefix"], found["national_prefix"]) == ("43", "00", "0")
    assert (found["area_code"], found["bare_digits"], found["sends_as"]) == ("1", "e164", "plus")
    assert (found["plan"], found["extension_base"], found["extension_digits"]) == ("", "", 0)
    assert (found["emergency_numbers"], found["service_numbers"]) == ([], [])
