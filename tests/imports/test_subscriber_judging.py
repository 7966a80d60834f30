"""What differs between a line and the subscriber that stands; the rest is tried in test_subscriber_rows.py."""

import pytest

from imports.models import ImportJob
from imports.subscriber_cells import Wanted
from imports.subscriber_judging import Item, changed_columns, look_up, refused
from subscribers.models import SipCredential
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db

DIFFERENT = [
    ({}, []),
    ({"display_name": "Alice", "is_active": True, "numbers": ("+4311001",), "main_number": "+4311001"}, []),
    ({"display_name": "Alicia"}, ["display_name"]),
    ({"is_active": False, "max_calls": 1, "digest_algorithm": "MD5"}, ["is_active", "max_calls", "digest_algorithm"]),
    ({"numbers": ("+4311003",), "main_number": "+4311003"}, ["numbers", "main_number"]),
    ({"password": "another one"}, ["password"]),
]


@pytest.mark.parametrize(("more", "changed"), DIFFERENT)
def test_what_differs(two_resellers: TwoResellers, more: dict[str, object], changed: list[str]) -> None:
    a = two_resellers.a
    job = ImportJob(kind="subscribers", reseller=a.reseller, made_by=a.reseller_user)
    item = Item(Wanted(2, "alice", "a.example.org", **more), a.domain.pk, "a.example.org")
    known = look_up(job, [item])
    stands = known.subscribers[a.domain.pk, "alice"]
    assert list(refused(item, stands, known)) == []
    assert changed_columns(item, stands, known) == changed


def test_a_password_that_one_of_the_phones_has_is_no_change(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    SipCredential.objects.create(subscriber=a.alice, slot=2, secret="cannot be read")
    job = ImportJob(kind="subscribers", reseller=a.reseller, made_by=a.reseller_user)
    item = Item(Wanted(2, "alice", "a.example.org", password=a.alice_password), a.domain.pk, "a.example.org")
    known = look_up(job, [item])
    assert changed_columns(item, known.subscribers[a.domain.pk, "alice"], known) == []
