"""Collections are told to strangers."""

from typing import Any


def test_each_tag_is_described(drawn: dict[str, Any]) -> None:
    used = {told["tags"][0] for methods in drawn["paths"].values() for told in methods.values()}
    assert [one["name"] for one in drawn["tags"]] == sorted(used)
    assert all(len(one["description"]) > 20 for one in drawn["tags"])
