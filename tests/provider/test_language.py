"""The API's texts are English, whoever asks in which language; pages are in the visitor's."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.factories.two_resellers import Side, TwoResellers

GERMAN = {"Accept-Language": "de-AT,de;q=0.9"}


def _requests(side: Side) -> dict[str, tuple[str, str, Any]]:
    """What the REST framework, the filters, the models and Django itself refuse, each by another way; and what explains
    a call."""
    taken = {"name": side.customer.name}
    user = {"username": side.customer_user.username, "customer": str(side.customer.uid), "password": "a-long-password"}
    forwarding = {"forwardings": {"busy": {"targets": ["12"]}}}
    return {
        "nothing sent": ("POST", "customers/", {}),
        "too large a number": ("POST", "customers/", {"name": "A", "max_calls": 99_999_999_999}),
        "NUL": ("POST", "customers/", {"name": "A\0"}),
        "taken together": ("POST", "customers/", taken),
        "taken": ("POST", "users/", user),
        "a validator of ours": ("POST", "domains/", {"name": "x y"}),
        "a choice": ("POST", "tokens/", {"name": "A", "scopes": ["nonsense"]}),
        "in bulk": ("POST", "customers/bulk/", {"rows": [{"operation": "create", "data": taken}]}),
        "a settings' member": ("PATCH", f"call-settings/{side.alice.uid}/", forwarding),
        "still used": ("DELETE", f"customers/{side.customer.uid}/", None),
        "a filter": ("GET", "calls/?started_after=x&state=y", None),
        "a method": ("PUT", "customers/", {}),
        "a media type": ("POST", "customers/", b"name=A"),
        "no JSON": ("POST", "customers/", b'"'),
        "a document": ("POST", "plan/", {"customers": [{"name": ""}]}),
        "an explanation": ("GET", f"explain/?caller={side.alice.username}@{side.domain.name}&callee=bob", None),
        "an address": ("GET", "nothing/", None),
    }


def _answer(client: Client, token: str, request: tuple[str, str, Any], headers: dict[str, str]) -> Any:
    method, path, data = request
    media_type = "application/x-www-form-urlencoded" if data == b"name=A" else "application/json"
    sent = data if isinstance(data, bytes) else b"" if data is None else json.dumps(data).encode()
    headers = {"If-Match": "*", "Authorization": f"Bearer {token}", **headers}
    return client.generic(method, f"/api/v1/{path}", sent, content_type=media_type, headers=headers)


def test_the_api_speaks_english_whatever_a_program_or_a_browser_asks_for(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    browser = Client()
    browser.cookies["django_language"] = "de"
    for name, request in _requests(side).items():
        english = _answer(Client(), side.reseller_token_text, request, {})
        for client, headers in ((Client(), GERMAN), (browser, {})):
            other = _answer(client, side.reseller_token_text, request, headers)
            assert _told(other) == _told(english), name
            assert other.headers["Content-Language"] == "en"
            assert "Accept-Language" not in other.headers.get("Vary", "")
        assert english.status_code >= 400 or name == "an explanation", (name, english.content)


def _told(answer: Any) -> Any:
    return answer.status_code, {name: value for name, value in answer.json().items() if name != "at"}


def test_who_does_not_say_who_it_is_is_told_so_in_english(db: None) -> None:
    german, english = (Client().get("/api/v1/customers/", headers=headers) for headers in (GERMAN, {}))
    assert german.json() == english.json()
    assert "token" in english.json()["detail"]


@pytest.mark.parametrize("path", ["/login/", "/nothing/"])
def test_a_page_after_a_request_of_the_api_is_in_the_visitors_language(db: None, path: str) -> None:
    Client().get("/api/v1/", headers=GERMAN)
    page = Client().get(path, headers=GERMAN)
    assert 'lang="de"' in page.content.decode()
    assert "Accept-Language" in page.headers["Vary"]
