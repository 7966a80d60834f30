"""How domains and subscribers dial, in a document."""

from typing import Any

import pytest

from numbering.models import DialSettings
from tests.desired.documents import apply, faults, plan, rows, state
from tests.factories.numbering import DialSettingsFactory, NumberFormatFactory
from tests.factories.subscribers import DomainFactory
from tests.factories.two_resellers import TwoResellers

ALICE, DOMAIN = "alice@a.example.org", "a.example.org"


@pytest.fixture
def germany(two_resellers: TwoResellers) -> str:
    """A format that comes with the platform: everybody may see it."""
    return str(NumberFormatFactory(name="Germany", country_code="49", shipped="de").name)


def test_they_are_made_changed_and_taken_away(two_resellers: TwoResellers, germany: str) -> None:
    side = two_resellers.a
    assert state(side)["dial_settings"] == [{"domain": DOMAIN, "number_format": "Austria"}]
    wanted = [
        {"domain": "A.example.org", "number_format": germany},
        {"subscriber": "Alice@A.example.org", "number_format": "Austria"},
    ]
    would = plan(side, dial_settings=wanted)
    assert would == {
        ("change", "dial_settings", DOMAIN): {"number_format": ("Austria", germany)},
        ("create", "dial_settings", ALICE): {"number_format": (None, "Austria")},
    }
    assert apply(side, dial_settings=wanted) == would
    stood = rows()
    assert apply(side, dial_settings=[*wanted, {"domain": DOMAIN, "state": "present"}][:2]) == {}
    assert rows() == stood
    found = DialSettings.objects.formats_of([side.alice, side.bob])
    assert [found[one].name for one in (side.alice, side.bob)] == ["Austria", germany]
    written = state(side)["dial_settings"]
    assert written == [{"domain": DOMAIN, "number_format": germany}, {"subscriber": ALICE, "number_format": "Austria"}]
    assert plan(side, dial_settings=written) == {}
    gone = [{"domain": DOMAIN, "state": "absent"}, {"subscriber": ALICE, "state": "absent"}]
    assert set(apply(side, dial_settings=gone)) == {
        ("remove", "dial_settings", ALICE), ("remove", "dial_settings", DOMAIN),
    }  # fmt: skip
    assert apply(side, dial_settings=gone) == {}


def test_a_new_domain_and_subscriber_have_them_at_once(two_resellers: TwoResellers, germany: str) -> None:
    carl = "carl@new.example.org"
    made = apply(
        two_resellers.a,
        domains=[{"name": "new.example.org"}],
        subscribers=[{"aor": carl, "customer": "Customer"}],
        dial_settings=[
            {"domain": "new.example.org", "number_format": germany},
            {"subscriber": carl, "number_format": "Austria"},
        ],
    )
    assert [key[1:] for key in made] == [
        ("domain", "new.example.org"), ("subscriber", carl),
        ("dial_settings", "new.example.org"), ("dial_settings", carl),
    ]  # fmt: skip
    gone = apply(
        two_resellers.a,
        domains=[{"name": "new.example.org", "state": "absent"}],
        subscribers=[{"aor": carl, "state": "absent"}],
    )
    assert {key[1:] for key in gone} == {
        ("dial_settings", carl), ("dial_settings", "new.example.org"),
        ("subscriber", carl), ("domain", "new.example.org"),
    }  # fmt: skip


def test_a_complete_section_is_of_those_that_are_named(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    for one in (side.alice, side.bob, two_resellers.b.alice):
        DialSettingsFactory(domain=None, subscriber=one, number_format=DialSettings.objects.all()[0].number_format)
    prune: Any = {"prune": ["dial_settings"]}
    of_alice, of_domain = ("remove", "dial_settings", ALICE), ("remove", "dial_settings", DOMAIN)
    assert list(plan(side, **prune, subscribers=[{"aor": ALICE}])) == [of_alice]
    assert list(plan(side, **prune, domains=[{"name": DOMAIN}])) == [of_domain]
    both = plan(side, **prune, domains=[{"name": DOMAIN}], subscribers=[{"aor": ALICE}])
    assert set(both) == {of_alice, of_domain}
    kept = [{"domain": DOMAIN}]
    assert list(plan(side, **prune, domains=[{"name": DOMAIN}], subscribers=[{"aor": ALICE}], dial_settings=kept)) == [
        of_alice
    ]
    assert faults(side, **prune) == {"/prune/0": "required"}


def test_what_can_be_wrong(two_resellers: TwoResellers, germany: str) -> None:
    side, other = two_resellers.a, two_resellers.b
    DialSettingsFactory(domain=None, subscriber=other.alice, number_format=NumberFormatFactory(name="Theirs"))
    DomainFactory(reseller=side.reseller, name="bare.example.org")
    said = {"number_format": germany}
    assert faults(side, dial_settings=[said, {"domain": DOMAIN, "subscriber": ALICE, **said}]) == {
        "/dial_settings/0": "required", "/dial_settings/1": "contradiction",
    }  # fmt: skip
    wrong = faults(
        side,
        dial_settings=[
            {"domain": "b.example.org", **said},
            {"domain": "nobody.example", **said},
            {"subscriber": "alice@b.example.org", **said},
            {"subscriber": "nobody@a.example.org", **said},
            {"domain": DOMAIN, "number_format": "Theirs"},
            {"subscriber": ALICE, "number_format": "Nothing"},
            {"domain": "bare.example.org"},
        ],
    )
    assert wrong == {
        "/dial_settings/0/domain": "does_not_exist", "/dial_settings/1/domain": "does_not_exist",
        "/dial_settings/2/subscriber": "does_not_exist", "/dial_settings/3/subscriber": "does_not_exist",
        "/dial_settings/4/number_format": "does_not_exist", "/dial_settings/5/number_format": "does_not_exist",
        "/dial_settings/6/number_format": "required",
    }  # fmt: skip
    gone = [{"domain": "b.example.org", "state": "absent"}, {"subscriber": other.alice.aor, "state": "absent"}]
    assert plan(side, dial_settings=gone) == {}
    assert DialSettings.objects.of_reseller(other.reseller.pk).count() == 2


def test_targets_are_read_as_the_document_has_it_dialled(two_resellers: TwoResellers) -> None:
    """Dial settings come before call settings."""
    wanted = {
        "dial_settings": [{"domain": DOMAIN, "state": "absent"}],
        "call_settings": [{"aor": ALICE, "forwardings": {"busy": {"targets": ["+4311002"]}}}],
    }
    assert len(apply(two_resellers.a, **wanted)) == 2
