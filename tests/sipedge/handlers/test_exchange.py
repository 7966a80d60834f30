import pytest

from sipedge.handlers.exchange import Exchange
from sipedge.sip.message import HeaderError
from sipedge.store.interfaces import RowRefused, StoreUnavailable


@pytest.fixture
def phone(world):
    return world.phone("192.0.2.50")


@pytest.fixture
def exchange(world, phone):
    return Exchange(
        world.engine.services, phone.request("MESSAGE", "sip:x@north.example", sender="sip:y@z"), phone.flow
    )


def test_a_response_has_a_tag_but_100_has_none(exchange, phone):
    exchange.reply(100)
    exchange.reply(404)
    trying, gone = phone.received()
    assert trying.to_tag is None
    assert gone.to_tag


def test_without_a_transaction_nothing_is_kept(world, exchange, phone):
    exchange.reply(404)
    assert len(phone.received()) == 1
    assert world.engine.counts()["transactions"] == 0


def test_with_one_a_retransmission_gets_the_same(world, exchange, phone):
    exchange.open()
    exchange.open()
    exchange.reply(404)
    (first,) = phone.received()
    assert phone.ask(exchange.request) == [first]


@pytest.mark.parametrize(
    ("error", "status", "exceptions"),
    [
        (StoreUnavailable("away"), 503, 0),
        (RowRefused("data"), 500, 0),
        (HeaderError("Malformed To"), 400, 0),
        (KeyError("ours"), 500, 1),
    ],
)
def test_an_error_is_answered_with_what_it_deserves(world, exchange, phone, error, status, exceptions):
    exchange.broke(error)
    (response,) = phone.received()
    assert response.status_code == status
    assert (response.get("Retry-After") is not None) == (status == 503)
    assert world.telemetry.exceptions == exceptions
