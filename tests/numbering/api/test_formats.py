"""Number formats and who dials so, by the API."""

from typing import Any

import pytest

from numbering.models import DialSettings, NumberFormat
from tests.factories.numbering import DialSettingsFactory, NumberFormatFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows, send

pytestmark = pytest.mark.usefixtures("redis_url")
FORMATS = "number-formats/"
DIALS = "dial-settings/"
ANY = {"If-Match": "*"}


def _names(token: str) -> list[str]:
    return [row["name"] for row in rows(token, FORMATS, page_size=500) if row["name"].startswith("T ")]


def test_who_sees_which_format(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    NumberFormatFactory(name="T of a carrier")
    NumberFormatFactory(name="T shipped", shipped="xx")
    DialSettingsFactory(domain=None, subscriber=b.bob, number_format__name="T of b's bob")
    assert _names(two_resellers.admin_token_text) == ["T of a carrier", "T of b's bob", "T shipped"]
    assert _names(a.reseller_token_text) == ["T shipped"]
    assert _names(b.reseller_token_text) == ["T of b's bob", "T shipped"]
    assert _names(a.customer_token_text) == []
    assert _names(b.customer_token_text) == ["T of b's bob"]
    assert [row["name"] for row in rows(a.customer_token_text, FORMATS)] == ["Austria"]  # of its domain


def test_formats_are_written_by_administrators(two_resellers: TwoResellers) -> None:
    wanted = {"name": "T own", "country_code": "43", "area_code": "1", "service_numbers": ["116xxx"]}
    refused = send("POST", two_resellers.a.reseller_token_text, FORMATS, wanted)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    token = two_resellers.admin_token_text
    made = send("POST", token, FORMATS, wanted)
    assert (made.status_code, made.json()["service_numbers"]) == (201, ["116xxx"])
    path = f"{FORMATS}{made.json()['id']}/"
    assert send("PATCH", token, path, {"plan": "at"}).json()["plan"] == "at"
    assert refused_fields(send("PATCH", token, path, {"plan": "de"})) == {"plan": "invalid"}
    assert refused_fields(send("POST", token, FORMATS, wanted)) == {"name": "unique"}
    assert send("DELETE", token, path, headers=ANY).status_code == 204
    shipped = NumberFormatFactory(shipped="xx")
    assert send("DELETE", token, f"{FORMATS}{shipped.uid}/", headers=ANY).json()["code"] == "shipped"


def test_a_format_is_tried(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    austria = NumberFormat.objects.get(name="Austria")
    NumberFormat.objects.filter(pk=austria.pk).update(plan="at")
    path = f"{FORMATS}{austria.uid}/try/"
    answer = send("POST", side.customer_token_text, path, {"dialled": ["01 1001", "133", "4711"]})
    assert answer.status_code == 200, answer.content
    number, emergency, unknown = answer.json()
    assert number == {
        "dialled": "01 1001",
        "kind": "number",
        "e164": "+4311001",
        "rule": "national, after the prefix 0",
        "category": "national",
        "sent": "+4311001",
    }
    assert (emergency["kind"], emergency["e164"], emergency["sent"]) == ("emergency", None, "133")
    assert (unknown["kind"], unknown["category"], unknown["sent"]) == ("unknown", None, "")
    assert refused_fields(send("POST", side.customer_token_text, path, {"dialled": []})) == {"dialled": "min_length"}
    spaced = send("POST", side.customer_token_text, path, {"dialled": [" 01 1001"]})
    assert spaced.json()[0]["dialled"] == " 01 1001"
    long = send("POST", side.customer_token_text, path, {"dialled": [" " * 60 + "011001"]})
    assert refused_fields(long) == {"dialled.0": "max_length"}
    carriers = NumberFormatFactory(name="T of a carrier")
    hidden = send("POST", side.reseller_token_text, f"{FORMATS}{carriers.uid}/try/", {"dialled": ["1"]})
    assert hidden.status_code == 404


def _dial(two_resellers: TwoResellers, **wanted: Any) -> Any:
    return send("POST", two_resellers.a.reseller_token_text, DIALS, wanted)


def test_a_reseller_says_how_its_subscribers_dial(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    austria = str(NumberFormat.objects.get(name="Austria").uid)
    shipped = NumberFormatFactory(name="T shipped", shipped="xx")
    made = _dial(two_resellers, subscriber=str(side.alice.uid), number_format=str(shipped.uid))
    assert made.status_code == 201, made.content
    assert DialSettings.objects.format_of(side.alice).name == "T shipped"
    path = f"{DIALS}{made.json()['id']}/"
    assert send("PATCH", token, path, {"number_format": austria}).json()["number_format"] == austria
    assert refused_fields(send("PATCH", token, path, {"subscriber": str(side.bob.uid)})) == {"subscriber": "fixed"}
    twice = _dial(two_resellers, subscriber=str(side.alice.uid), number_format=austria)
    assert refused_fields(twice) == {"subscriber": "unique"}
    assert send("DELETE", token, path).status_code == 428
    assert send("DELETE", token, path, headers=ANY).status_code == 204
    assert DialSettings.objects.format_of(side.alice).name == "Austria"


def test_what_is_not_ones_own_is_not_there(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    austria = str(NumberFormat.objects.get(name="Austria").uid)
    hidden = str(NumberFormatFactory(name="T of a carrier").uid)
    foreign = {"subscriber": str(b.alice.uid), "number_format": austria}
    assert refused_fields(_dial(two_resellers, **foreign)) == {"subscriber": "does_not_exist"}
    own = {"subscriber": str(a.alice.uid), "number_format": hidden}
    assert refused_fields(_dial(two_resellers, **own)) == {"number_format": "does_not_exist"}
    assert _dial(two_resellers, number_format=austria).status_code == 400
    both = {"subscriber": str(a.alice.uid), "domain": str(a.domain.uid), "number_format": austria}
    assert _dial(two_resellers, **both).status_code == 400
    theirs = DialSettings.objects.get(domain=b.domain)
    assert ask(a.reseller_token_text, f"{DIALS}{theirs.uid}/").status_code == 404
    assert [row["domain"] for row in rows(a.reseller_token_text, DIALS)] == [str(a.domain.uid)]
    assert rows(a.reseller_token_text, DIALS, domain=b.domain.uid) == []
    assert send("POST", a.customer_token_text, DIALS, {}).status_code == 403
