"""The rows of the big database that are not the product's own."""

from bench import million
from sipedge.registrar.contacts import new_key


def test_a_binding_is_as_the_edge_writes_it_for_sipps_phones() -> None:
    fields = million._line(4711, "u7", 5070, "2030-01-01T00:00:00+00:00").rstrip("\n").split("\t")
    row = dict(zip(million._BINDING.split(", "), fields, strict=True))
    contact = "sip:u7@127.0.0.1:5070"
    assert (row["contact"], row["key"]) == (contact, new_key(contact, ()))
    assert (row["subscriber_id"], row["received_from"]) == ("4711", "udp:127.0.0.1:5070")
    assert (row["flow"], row["transport"]) == ("\\N", "udp")


def test_the_brief_form_is_smaller() -> None:
    assert million.Million(1_000_000, 300_000, 50_000).is_whole
    assert not million.Million(100_000, 30_000, 5_000).is_whole
