"""A shaped answer has a schema of its own, so that the whole one promises all of its members."""

from typing import Any

import jsonschema
import pytest

from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask
from tests.provider.api.openapi.told import Told


def test_the_whole_stands_first(operations: dict[str, Told]) -> None:
    row, page = operations["get_subscriber"].schema("200"), operations["list_subscribers"].schema("200")
    assert [one["$ref"].rpartition("/")[2] for one in row["anyOf"]] == ["Subscriber", "SubscriberShaped"]
    assert [one["$ref"].rpartition("/")[2] for one in page["anyOf"]] == [
        "SubscriberPage",
        "SubscriberShapedPage",
    ]


def test_what_is_written_is_never_shaped(operations: dict[str, Told]) -> None:
    assert operations["create_subscriber"].schema("201") == {"$ref": "#/components/schemas/NewSubscriber"}


@pytest.mark.parametrize(
    ("query", "kind"), [({}, 0), ({"fields": "id,username"}, 1), ({"expand": "customer,domain"}, 1)]
)
def test_an_answer_is_of_the_kind_that_was_asked_for(
    two_resellers: TwoResellers, drawn: dict[str, Any], operations: dict[str, Told], query: dict[str, str], kind: int
) -> None:
    for path, name in (
        (f"subscribers/{two_resellers.a.alice.uid}/", "get_subscriber"),
        ("subscribers/", "list_subscribers"),
    ):
        body = ask(two_resellers.a.reseller_token_text, path, **query).json()
        kinds = operations[name].schema("200")["anyOf"]
        fits = [_fits(body, one, drawn) for one in kinds]
        assert fits[kind], query
        assert not fits[0] or kind == 0


def _fits(body: Any, schema: dict[str, Any], document: dict[str, Any]) -> bool:
    whole = {**schema, "components": document["components"]}
    return jsonschema.Draft202012Validator(whole).is_valid(body)
