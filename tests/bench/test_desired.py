"""The document that the bench plans and applies."""

from bench.desired import document
from desired.api.document import read_document
from desired.document import MAX_OBJECTS


def test_it_can_be_read_and_is_as_large_as_was_asked() -> None:
    found, _reseller = read_document(document(MAX_OBJECTS, "x.example.org", "+9900001"))
    assert MAX_OBJECTS - 41 < len(found.wanted) <= MAX_OBJECTS
    assert {one.kind for one in found.wanted} == {"customer", "subscriber", "credential", "number", "call_settings"}
