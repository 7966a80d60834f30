"""Who waits for events: how many may, and who is woken."""

import threading
import time
from uuid import uuid4

import pytest

from events.models import Event
from events.waiting import PACE, Lookout, Places, Waiter


def test_places_are_few_for_all_and_fewer_for_one_token() -> None:
    places = Places(most=3, most_of_token=2)
    with places.take(1) as first, places.take(1) as second, places.take(1) as third:
        assert (first, second, third) == (True, True, False)
        with places.take(2) as other, places.take(3) as too_many:
            assert (other, too_many) == (True, False)
    with places.take(1) as again:
        assert again


def test_who_waits_for_what() -> None:
    reseller, customer = uuid4(), uuid4()
    owners = {(reseller, customer)}
    assert Waiter(None, None).wants(owners)
    assert Waiter(reseller, None).wants(owners)
    assert Waiter(None, customer).wants(owners)
    assert not Waiter(uuid4(), None).wants(owners)
    assert not Waiter(None, uuid4()).wants(owners)


@pytest.mark.django_db(transaction=True)
def test_only_those_are_woken_who_have_something_to_read() -> None:
    reseller, lookout = uuid4(), Lookout()
    with lookout.waiter(reseller, None) as mine, lookout.waiter(uuid4(), None) as other:
        for waiter in (mine, other):  # the first look wakes all, since it knows of nothing before
            assert waiter.woken.wait(10)
            waiter.woken.clear()
        begun = time.monotonic()
        Event.objects.create(type="x", reseller=reseller)
        assert mine.woken.wait(10)
        assert time.monotonic() - begun < 5
        assert not other.woken.wait(2 * PACE)


@pytest.mark.django_db(transaction=True)
def test_nobody_looks_while_nobody_waits() -> None:
    lookout = Lookout()
    with lookout.waiter(None, None):
        assert any(thread.name == "events" for thread in threading.enumerate())
    until = time.monotonic() + 10
    while any(thread.name == "events" for thread in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.02)
