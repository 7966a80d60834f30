"""A cursor misses nothing, whoever commits when; and reading costs no more than what is shown."""

import threading
from contextlib import closing
from datetime import timedelta
from uuid import uuid4

import psycopg2
import pytest
from django.db import connection, transaction
from django.utils import timezone

from events import feed
from events.cursors import NIL, Place
from events.days import day_of
from events.feed import Gone, begin_of_feed, end_of_feed, read
from events.models import Event
from tests.events.reading import readable
from tests.factories.accounts import CustomerFactory, ResellerFactory

transactional = pytest.mark.django_db(transaction=True)


def _write(name: str) -> None:
    Event.objects.create(type="customer.changed", object_name=name)


def _names(place: Place, size: int = 100) -> tuple[list[str], Place]:
    page = read(Event.objects.all(), place, size)
    return [event.object_name for event in page.events], page.place


@transactional
def test_a_transaction_that_began_earlier_and_commits_later_is_not_missed() -> None:
    written, may_commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction.atomic():
            _write("early")
            written.set()
            may_commit.wait(20)
        connection.close()

    place = end_of_feed()
    slow = threading.Thread(target=write_slowly)
    slow.start()
    assert written.wait(20)
    _write("late")
    assert list(Event.objects.values_list("object_name", flat=True)) == ["late"]

    names, place = _names(place)
    assert names == []  # the feed waits for the slow one
    may_commit.set()
    slow.join(20)
    names, place = _names(place)
    assert names == ["early", "late"]
    assert _names(place)[0] == []


@transactional
def test_a_transaction_of_another_database_holds_nothing_back() -> None:
    with closing(psycopg2.connect(**connection.get_connection_params() | {"dbname": "postgres"})) as other:
        other.cursor().execute("SELECT pg_current_xact_id()")
        place = end_of_feed()
        _write("at once")
        names, place = _names(place)
        other.rollback()
    assert names == ["at once"]
    assert _names(place)[0] == []


@transactional
def test_one_that_is_rolled_back_holds_nothing_back() -> None:
    place = end_of_feed()
    with transaction.atomic():
        _write("never")
        transaction.set_rollback(True)
    _write("then")
    assert _names(place)[0] == ["then"]


@transactional
def test_pages_come_in_order_and_are_followed_to_the_end() -> None:
    for number in range(7):
        _write(str(number))
    names, place = [], begin_of_feed()
    for _ in range(4):
        found, place = _names(place, size=2)
        names += found
    assert names == [str(number) for number in range(7)]
    _write("7")
    assert _names(place)[0] == ["7"]


@transactional
def test_what_one_statement_did_stays_in_its_order() -> None:
    reseller = ResellerFactory()
    CustomerFactory(reseller=reseller, name="one")
    CustomerFactory(reseller=reseller, name="two")
    assert readable() == ["customer.created"] * 2


@transactional
def test_a_filter_looks_through_so_many_and_goes_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "SCANNED", 5)
    for number in range(12):
        _write("wanted" if number == 11 else "other")
    found, place, pages = [], begin_of_feed(), 0
    is_last = False
    while not is_last:
        page = read(Event.objects.all(), place, 10, lambda rows: rows.filter(object_name="wanted"))
        found += page.events
        place, is_last, pages = page.place, page.is_last, pages + 1
    assert [event.object_name for event in found] == ["wanted"]
    assert pages == 3


@transactional
def test_a_place_that_is_too_old_or_of_another_database_is_gone(settings: pytest.FixtureRequest) -> None:
    old = Place(5, NIL, timezone.now() - timedelta(days=settings.EVENT_RETENTION_DAYS + 2))  # type: ignore[attr-defined]
    ahead = Place(end_of_feed().xid + 1_000_000, uuid4(), timezone.now())
    for place in (old, ahead):
        with pytest.raises(Gone):
            read(Event.objects.all(), place, 10)


@transactional
def test_a_resellers_feed_is_read_by_its_index() -> None:
    reseller = uuid4()
    Event.objects.bulk_create(
        Event(type="call.started", reseller=reseller if number % 100 == 0 else uuid4()) for number in range(5_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE events_event")
    rows = Event.objects.owned_by(reseller, None).after(0, NIL).settled(feed.horizon()).in_order()[:50]
    plan = rows.explain()
    assert "reseller_xid_id" in plan
    assert f"Seq Scan on events_event_{day_of(timezone.now()).suffix}" not in plan


@pytest.mark.parametrize(
    ("looks", "horizon"),
    [([(9, 9)], 9), ([(5, 9), (10, 10)], 10), ([(5, 9), (5, 10)], 5), ([(5, 9), (4, 10)], 5)],
)
def test_what_holds_the_feed_back_is_looked_at_twice(
    monkeypatch: pytest.MonkeyPatch, looks: list[tuple[int, int]], horizon: int
) -> None:
    left = iter(looks)
    monkeypatch.setattr(feed, "_look", lambda: next(left))
    assert feed.horizon() == horizon
    assert list(left) == []
