"""Who asks."""

import pytest

from accounts.actions import create_token
from accounts.scopes import ALL_SCOPES
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, send

pytestmark = pytest.mark.usefixtures("redis_url")


def test_what_a_resellers_token_says_of_itself(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    token, text = create_token(side.reseller_user, "shop", ["calls:read"], networks=["127.0.0.0/8"])
    answer = ask(text, "me/")
    assert answer.json() == {
        "role": "reseller",
        "user": {
            "id": str(side.reseller_user.uid),
            "username": "reseller-a",
            "first_name": "",
            "last_name": "",
            "email": "",
        },
        "reseller": {"id": str(side.reseller.uid), "name": "Reseller a"},
        "customer": None,
        "token": {
            "id": str(token.uid),
            "name": "shop",
            "begins_with": token.prefix,
            "scopes": ["calls:read"],
            "networks": ["127.0.0.0/8"],
            "created_at": token.created_at.isoformat().replace("+00:00", "Z"),
            "expires_at": None,
        },
        "rate_limit": {"requests": 1200, "seconds": 60},
    }
    assert answer.headers["RateLimit-Policy"] == '"token";q=1200;w=60'
    assert text not in answer.content.decode()


def test_customers_and_administrators(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    customer = ask(side.customer_token_text, "me/").json()
    assert (customer["role"], customer["customer"]["name"], customer["reseller"]["name"]) == (
        "customer",
        "Customer",
        "Reseller a",
    )
    admin = ask(two_resellers.admin_token_text, "me/").json()
    assert (admin["role"], admin["reseller"], admin["customer"]) == ("admin", None, None)


@pytest.mark.parametrize("scope", ALL_SCOPES)
def test_any_scope_will_do(two_resellers: TwoResellers, scope: str) -> None:
    _token, text = create_token(two_resellers.a.reseller_user, "narrow", [scope])
    assert ask(text, "me/").json()["token"]["scopes"] == [scope]


def test_it_takes_no_parameters_and_no_writes(two_resellers: TwoResellers) -> None:
    text = two_resellers.a.reseller_token_text
    assert refused_fields(ask(text, "me/", fields="role")) == {"fields": "unknown_parameter"}
    assert send("POST", text, "me/", {}).status_code == 405
    assert ask("frt_unknown", "me/").status_code == 401
