"""What a document says, as a value."""

from desired.document import Document, Secret, Wanted
from sipedge.auth.ha1 import Ha1Set

STORED = Ha1Set.from_password("alice", "example.org", "right password")


def test_a_password_is_known_again_by_what_is_stored_of_it() -> None:
    assert Secret("right password").is_held_by(STORED, "alice", "example.org")
    assert not Secret("wrong password").is_held_by(STORED, "alice", "example.org")
    assert not Secret("right password").is_held_by(STORED, "bob", "example.org")


def test_of_ha1_values_only_those_count_that_are_given() -> None:
    md5 = (STORED.md5 or b"").hex()
    assert Secret(ha1={"md5": md5.upper()}).is_held_by(STORED, "alice", "example.org")
    assert not Secret(ha1={"md5": md5, "sha256": "00" * 32}).is_held_by(STORED, "alice", "example.org")
    assert not Secret(ha1={"sha256": (STORED.sha256 or b"").hex()}).is_held_by(Ha1Set(md5=STORED.md5), "", "")


def test_a_secret_is_in_no_log() -> None:
    assert "right" not in repr(Secret("right password"))
    assert "1234" not in repr(Secret(ha1={"md5": "1234"}))


def test_a_document_knows_what_shall_be_there() -> None:
    document = Document(
        (Wanted("customer", "A", "/customers/0"), Wanted("customer", "B", "/customers/1", is_absent=True))
    )
    assert document.present("customer") == ["A"]
    assert [one.key for one in document.of_kind("customer")] == ["A", "B"]
