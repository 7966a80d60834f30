"""The objects of a document are those of the API's collections."""

import pytest

from accounts.api.serializers import CustomerSerializer
from desired.api.document import DocumentSerializer
from desired.api.items import CustomerItem, SubscriberItem
from desired.kinds.all import KINDS
from subscribers.api.serializers import SubscriberSerializer

# What an object of the API has that a document says otherwise, or not at all.
ELSEWHERE = {"id", "reseller", "created_at", "updated_at", "username", "domain", "domain_name", "credential"}


@pytest.mark.parametrize(
    ("item", "serializer"), [(CustomerItem, CustomerSerializer), (SubscriberItem, SubscriberSerializer)]
)
def test_whatever_can_be_set_by_the_api_can_be_wanted(item: type, serializer: type) -> None:
    """Where this fails: add the member to the item, and to `order` and `read` of its kind in desired/kinds."""
    settable = {name for name, field in serializer().fields.items() if not field.read_only} - ELSEWHERE
    assert settable - {"username"} <= set(item().fields)


def test_what_a_kind_tells_is_what_its_item_has() -> None:
    fields = DocumentSerializer().fields
    for kind in KINDS:
        item = fields[kind.section].child  # type: ignore[attr-defined]
        shown = {name for name, field in item.fields.items() if not field.write_only} - set(item.names)
        assert shown == set(kind.order) - {"secret"}
        assert item.kind == kind.name


def test_names_are_written_as_they_are_read() -> None:
    for section, key in (("customers", "A"), ("credentials", "alice@a.example#3"), ("numbers", "+4311001")):
        item = DocumentSerializer().fields[section].child  # type: ignore[attr-defined]
        assert item.key(item.named(key)) == key
