"""How subscribers and registrations are written."""

from tests.factories.subscribers import BindingFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import rows


def test_a_subscriber_is_written_without_secrets(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    row = rows(side.reseller_token_text, "subscribers/", username="alice")[0]
    assert row == {
        "id": str(side.alice.uid),
        "aor": "alice@a.example.org",
        "username": "alice",
        "domain": str(side.domain.uid),
        "domain_name": "a.example.org",
        "display_name": "Alice",
        "is_active": True,
        "digest_algorithm": None,
        "customer": str(side.customer.uid),
        "reseller": str(side.reseller.uid),
        "created_at": side.alice.created_at.isoformat().replace("+00:00", "Z"),
    }


def test_what_phones_say_is_passed_on_as_it_is(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    nasty = '<script>alert("x")</script>\'; DROP TABLE'
    BindingFactory(subscriber=side.alice, contact=f"sip:{nasty}@x", user_agent=nasty, q=250)
    row = rows(side.reseller_token_text, "registrations/", ordering="-created_at")[0]
    assert (row["user_agent"], row["contact"], row["q"]) == (nasty, f"sip:{nasty}@x", 0.25)
