"""How customers are written, and what of them can be set."""

from accounts.api.serializers import CustomerSerializer
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, send


def test_what_can_be_set() -> None:
    settable = {name for name, field in CustomerSerializer().fields.items() if not field.read_only}
    assert settable == {"name", "is_active", "max_calls", "reseller"}


def test_a_customer_is_suspended_with_its_subscribers(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"customers/{side.customer.uid}/"
    assert send("PATCH", side.reseller_token_text, path, {"is_active": False}).json()["is_active"] is False
    assert ask(side.customer_token_text, "calls/").status_code == 401
