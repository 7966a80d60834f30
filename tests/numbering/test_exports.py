"""Numbers as CSV."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from numbering import exports
from numbering.exports import export
from numbering.models import PhoneNumber
from tests.factories.numbering import PhoneNumberFactory
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db


def test_each_number_with_who_has_it(two_resellers: TwoResellers) -> None:
    PhoneNumberFactory(e164="+4313001", reseller=two_resellers.b.reseller, ported_out=True, extension_digits=2)
    PhoneNumberFactory(e164="+4313002", reseller=two_resellers.b.reseller, quarantined=True, note="=1+1")
    text = list(export(PhoneNumber.objects.all()))
    assert text[1] == "+4311001,Reseller a,alice@a.example.org,yes,0,assigned,\r\n"
    assert text[3] == "+4311003,Reseller a,,,0,free,\r\n"
    assert text[7:] == ["+4313001,Reseller b,,,2,ported_out,\r\n", "+4313002,Reseller b,,,0,quarantined,'=1+1\r\n"]


def test_a_reseller_exports_its_own(two_resellers: TwoResellers) -> None:
    text = "".join(export(PhoneNumber.objects.visible_to(two_resellers.a.reseller_user)))
    assert "+4311001" in text
    assert "Reseller b" not in text


def test_they_are_read_in_parts(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 4)
    with CaptureQueriesContext(connection) as queries:
        numbers: Any = export(PhoneNumber.objects.all())
        assert len(list(numbers)) == 7
    assert len(queries) == 5
