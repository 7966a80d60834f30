"""Pages by cursor: nothing twice, nothing left out, whatever is asked and whatever comes in meanwhile."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from provider.api.paging import Cursor
from tests.factories.accounts import CustomerFactory
from tests.factories.calls import call_between
from tests.factories.subscribers import SubscriberFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, send


def _walk(token: str, path: str, direction: str = "next", **parameters: object) -> list[list[str]]:
    """The ids of all pages, following `next` (or `previous`) to the end."""
    pages = []
    response = ask(token, path, **parameters)
    while True:
        assert response.status_code == 200, response.content
        body = response.json()
        pages.append([row["id"] for row in body["results"]])
        if body[direction] is None:
            return pages
        response = Client().get(body[direction], headers={"Authorization": f"Bearer {token}"})


def _cursor_in(address: str) -> str:
    return parse_qs(urlsplit(address).query)["cursor"][0]


def _last_address(token: str, path: str, **parameters: object) -> str:
    body = ask(token, path, **parameters).json()
    address = ""
    while body["next"]:
        address = body["next"]
        body = Client().get(address, headers={"Authorization": f"Bearer {token}"}).json()
    return address


@pytest.fixture
def token(two_resellers: TwoResellers) -> str:
    side = two_resellers.a
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for step in range(11):  # in pairs of equal times, so that the tie must be broken
        call_between(side.alice, side.bob, started_at=moment + timedelta(seconds=step // 2))
    for number in range(11):
        SubscriberFactory(domain=side.domain, customer=side.customer, username=f"u{number:02}")
    return side.reseller_token_text


@pytest.mark.parametrize("path", ["calls/", "subscribers/"])
@pytest.mark.parametrize("size", [1, 2, 5, 13, 500])
def test_all_rows_come_once(token: str, path: str, size: int) -> None:
    pages = _walk(token, path, page_size=size)
    ids = [row for page in pages for row in page]
    assert len(ids) == len(set(ids)) == 13
    assert all(len(page) == size for page in pages[:-1])


@pytest.mark.parametrize("ordering", ["started_at", "-started_at"])
def test_the_way_back_shows_the_same_pages(token: str, ordering: str) -> None:
    there = _walk(token, "calls/", page_size=3, ordering=ordering)
    last = _last_address(token, "calls/", page_size=3, ordering=ordering)
    cursor = _cursor_in(last)
    back = _walk(token, "calls/", "previous", page_size=3, ordering=ordering, cursor=cursor)
    assert back == there[::-1]


def test_the_order_is_the_one_asked_for(token: str) -> None:
    names = [row["username"] for row in ask(token, "subscribers/", ordering="-username").json()["results"]]
    assert names == sorted(names, reverse=True)


def test_a_row_that_comes_in_shifts_nothing(token: str, two_resellers: TwoResellers) -> None:
    first = ask(token, "calls/", page_size=5).json()
    call_between(two_resellers.a.alice, two_resellers.a.bob)
    second = Client().get(first["next"], headers={"Authorization": f"Bearer {token}"}).json()
    assert not {row["id"] for row in first["results"]} & {row["id"] for row in second["results"]}


@pytest.mark.parametrize("size", ["0", "-1", "501", "x", "1e3", "٣", "999999999999"])
def test_a_page_size_out_of_range_is_named(token: str, size: str) -> None:
    assert refused_fields(ask(token, "calls/", page_size=size)) == {"page_size": "invalid"}


@pytest.mark.parametrize("cursor", ["x", "e30", "W10", "WzEsMiwzLDRd", "é", "A" * 3000, "WyJhIiwiYiIsImMiLDBd"])
def test_a_cursor_that_is_none_is_named(token: str, cursor: str) -> None:
    assert "cursor" in refused_fields(ask(token, "calls/", cursor=cursor))


def test_a_cursor_with_foreign_values_is_named(token: str) -> None:
    foreign = str(Cursor("call.-started_at", "yesterday", "not-a-uuid", backwards=False))
    assert refused_fields(ask(token, "calls/", cursor=foreign)) == {"cursor": "invalid"}
    forged = base64.urlsafe_b64encode(b'["-started_at","2026-11-23T00:00:00Z","1",0]').decode()
    assert refused_fields(ask(token, "calls/", cursor=forged)) == {"cursor": "invalid"}


@pytest.mark.parametrize(("path", "parameters"), [("customers/", {}), ("state/", {"sections": "customers"})])
def test_a_cursor_does_not_tell_how_many_rows_there_are(
    two_resellers: TwoResellers, path: str, parameters: dict[str, str]
) -> None:
    """Primary keys are counted over all resellers."""
    reseller = two_resellers.a.reseller
    names = [CustomerFactory(reseller=reseller, name=f"Number {n}").name for n in range(3)]
    for size in (1, 2, 3):
        following = ask(two_resellers.a.reseller_token_text, path, page_size=size, **parameters).json()["next"]
        cursor = parse_qs(urlsplit(following).query)["cursor"][0]
        plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        assert not any(name.encode() in plain for name in names)


def test_a_cursor_of_another_list_is_named(token: str) -> None:
    for name in ("Bakery", "Garage"):
        assert send("POST", token, "customers/", {"name": name}).status_code == 201
    cursor = _cursor_in(ask(token, "customers/", page_size=1).json()["next"])
    assert ask(token, "customers/", cursor=cursor).status_code == 200
    assert refused_fields(ask(token, "domains/", cursor=cursor)) == {"cursor": "invalid"}  # in the order of names, too


def test_a_cursor_of_another_ordering_is_named(token: str) -> None:
    cursor = _cursor_in(ask(token, "calls/", page_size=1).json()["next"])
    refused = ask(token, "calls/", cursor=cursor, ordering="started_at")
    assert refused_fields(refused) == {"cursor": "invalid"}
    assert "ordering" in refused.json()["errors"][0]["message"]


def test_an_ordering_that_is_not_offered_is_named(token: str) -> None:
    assert refused_fields(ask(token, "calls/", ordering="caller")) == {"ordering": "invalid"}


@pytest.mark.parametrize("direction", ["next", "previous"])
@pytest.mark.parametrize("ordering", ["username", "-username"])
def test_what_stands_all_the_while_comes_once_whatever_comes_and_goes(
    token: str, two_resellers: TwoResellers, direction: str, ordering: str
) -> None:
    side = two_resellers.a
    stay = {f"u{number:02}" for number in range(11)} - {"u02", "u05", "u06"}
    last = _last_address(token, "subscribers/", page_size=2, ordering=ordering)
    cursor = {"cursor": _cursor_in(last)} if direction == "previous" else {}
    body = ask(token, "subscribers/", page_size=2, ordering=ordering, **cursor).json()
    seen = [row["username"] for row in body["results"]]
    changes = iter(
        [
            lambda: side.domain.subscribers.filter(username__in=["u02", "u05", "u06"]).delete(),
            lambda: [
                SubscriberFactory(domain=side.domain, customer=side.customer, username=name)
                for name in ("a-first", "u04-between", "u05", "u07-between", "z-last")
            ],
        ]
    )
    while body[direction]:
        next(changes, lambda: None)()
        body = Client().get(body[direction], headers={"Authorization": f"Bearer {token}"}).json()
        seen += [row["username"] for row in body["results"]]
    assert stay <= set(seen)
    assert len(seen) - len(set(seen)) <= seen.count("u05") // 2  # another one of that name, made meanwhile


def test_the_row_that_a_cursor_stands_on_may_go(token: str, two_resellers: TwoResellers) -> None:
    first = ask(token, "subscribers/", page_size=4, ordering="username").json()
    two_resellers.a.domain.subscribers.filter(username=first["results"][-1]["username"]).delete()
    second = Client().get(first["next"], headers={"Authorization": f"Bearer {token}"}).json()
    assert [row["username"] for row in second["results"]][:2] == ["u02", "u03"]
    back = Client().get(second["previous"], headers={"Authorization": f"Bearer {token}"}).json()
    assert [row["username"] for row in back["results"]] == ["alice", "bob", "u00"]
