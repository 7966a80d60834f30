"""304 stands beside what takes If-None-Match."""

from tests.provider.api.openapi.told import Told


def test_a_row_that_is_known_is_not_sent_again(operations: dict[str, Told]) -> None:
    assert "content" not in operations["get_customer"].answers["304"]
    for one in operations.values():
        assert ("304" in one.answers) == ("If-None-Match" in one.parameters)
