"""The API: every list with every filter, search, ordering and place in it that it offers, and every operation on one.

What a filter is given is taken from rows that the person sees: the first ones, and some from deep in the list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from django.apps import apps
from django.db.models import QuerySet
from django.http import QueryDict
from django_filters import CharFilter, ChoiceFilter, IsoDateTimeFilter, UUIDFilter

from accounts.choices import Role
from accounts.models import Reseller
from bench.web.api_checks import Expected, answers, of_list, of_one
from bench.web.asking import Query, Worker
from bench.web.cases import Case, UnknownParameterError, combined, once
from bench.web.people import Person
from bench.web.routes import Route
from provider.api import paging
from provider.api.filters import ReferenceFilter, YesNoFilter
from provider.api.viewset import SEARCH, ScopedViewSet

DEEP: Final = 10_000
"""Rows before the deep page; half of the list where it is shorter."""

FIELDS: Final = {
    "number": ("callee_number", "caller_number", "first"),
    "object": ("object_id",),
    **dict.fromkeys(("started_after", "started_before"), ("started_at",)),
}
"""Filters by a text that do not bear the name of the rows' field."""

NOTHING: Final = "zzzz"
STATE: Final = "/api/v1/state/"


@dataclass(frozen=True, slots=True)
class Collection:
    """One list of the API as one person sees it. needed: what has to be said of whose rows it is to be."""

    path: str
    view: type[ScopedViewSet]
    person: Person
    rows: list[dict[str, Any]]
    needed: Query = ()

    def queryset(self) -> QuerySet[Any]:
        """All that the person sees there."""
        request = SimpleNamespace(user=self.person.user, query_params=QueryDict())
        return self.view(request=request, action="list").get_queryset()


def api_cases(routes: list[Route], worker: Worker, everybody: list[Person]) -> Iterator[Case]:
    """The cases of all addresses that a viewset of ours answers."""
    for route in routes:
        view, actions = getattr(route.view, "cls", None), getattr(route.view, "actions", None)
        if view is None or not issubclass(view, ScopedViewSet) or not actions:
            continue
        for person in everybody:
            if actions.get("get") == "list":
                yield from _list_cases(_collection(route.route, view, person, worker))
            elif "get" in actions and "<" in route.route:
                yield from _one_cases(route, view, person, worker, is_row=actions["get"] == "retrieve")
            elif "get" in actions and (query := _whose(route.route, person)) is not None:
                yield Case(route.route, person, route.route, query, answers)


def _whose(path: str, person: Person) -> Query | None:
    """What has to be said of whose it is; None where it is nothing for this person."""
    if path != STATE:
        return ()
    if person.user.role == Role.ADMIN:
        return (("reseller", Reseller.objects.latest("pk").name),)
    return None if person.user.role == Role.CUSTOMER else ()


def _collection(path: str, view: type[ScopedViewSet], person: Person, worker: Worker) -> Collection:
    empty = Collection(path, view, person, [])
    needed = _needed(empty)
    rows = []
    for query in (needed,) if needed else ((), *_deep(empty, view.default_ordering)):
        answer = worker.get(person, path, query)
        if answer.status == 200:
            found = json.loads(answer.body)["results"]
            rows += found[:1] + found[-1:]
    return Collection(path, view, person, rows, needed)


def _needed(collection: Collection) -> Query:
    """The filters that a list wants, by the first row that the person sees of what they name."""
    filters = collection.view.filterset_class.base_filters if collection.view.filterset_class else {}
    needed = [(name, _references(collection, name, one)) for name, one in filters.items() if one.extra.get("required")]
    return tuple((name, values[0]) for name, values in needed if values)


def _deep(collection: Collection, ordering: str) -> list[Query]:
    """The page some thousand rows on, and the one before it; none in a short list."""
    name = ordering.removeprefix("-")
    if name not in collection.view.orderings:  # the feed: a place in it is nothing but a cursor of its own
        return []
    field = collection.view.orderings[name]
    sign = "-" if ordering.startswith("-") else ""
    rows = collection.queryset().order_by(f"{sign}{field}", f"{sign}pk")
    places = list(rows[DEEP : DEEP + 1])
    if not places:
        count = rows.count()
        places = list(rows[count // 2 : count // 2 + 1]) if count > paging.PAGE_SIZE else []
    queries: list[Query] = []
    for row in places:
        value = row._meta.get_field(field).value_to_string(row)
        for backwards in (False, True):
            cursor = str(paging.Cursor(paging.list_of(type(row), ordering), value, str(row.pk), backwards))
            queries.append((("ordering", ordering), ("cursor", cursor)))
    return queries


def _list_cases(collection: Collection) -> Iterator[Case]:
    view = collection.view
    filters = view.filterset_class.base_filters if view.filterset_class else {}
    known = dict(collection.needed)
    choices = {name: _values(collection, name, one) for name, one in filters.items() if name not in known}
    if view.search_lookups:
        choices[SEARCH] = _searches(collection)
    orderings = [sign + name for name in view.orderings for sign in ("", "-")]
    choices["ordering"] = [(("ordering", name),) for name in orderings if name != view.default_ordering]
    alone = combined(choices, pairs=collection.person.pairs)
    deep = [] if known else [query for name in orderings for query in _deep(collection, name)]
    queries = once([(*collection.needed, *query) for query in [*alone, *deep]])
    for query in queries:
        yield Case(collection.path, collection.person, collection.path, query, of_list(_expected(collection, query)))


def _expected(collection: Collection, query: Query) -> Expected:
    names = [name for name, _value in query]
    alone = len(query) == 1 and names[0] not in paging.PARAMETERS
    sampled = (
        alone and query[0][1] != NOTHING and names[0] != "started_before" and _comes_from_a_row(collection, *query[0])
    )
    return Expected(collection.view, collection.person, query, at_least_one=sampled)


def _comes_from_a_row(collection: Collection, name: str, value: str) -> bool:
    return any(str(row.get(field)) == value for row in collection.rows for field in FIELDS.get(name, (name,)))


def _values(collection: Collection, name: str, one: Any) -> list[Query]:
    """What the filter is given. Raises UnknownParameterError for a kind of filter that is new here."""
    if isinstance(one, YesNoFilter):
        values = ["false", "true"]
    elif isinstance(one, ChoiceFilter):
        values = [str(value) for value, _words in one.extra["choices"]]
    elif isinstance(one, UUIDFilter):
        values = _references(collection, name, one)
    elif isinstance(one, IsoDateTimeFilter):
        values = [row[field] for row in collection.rows[-2:] for field in FIELDS.get(name, (one.field_name,))]
    elif isinstance(one, CharFilter):
        values = [row[field] for row in collection.rows for field in FIELDS.get(name, (name,)) if row.get(field)]
    else:
        raise UnknownParameterError(f"{collection.path}?{name}=: no value is known for a {type(one).__name__}")
    return once([((name, value),) for value in values])


def _references(collection: Collection, name: str, one: Any) -> list[str]:
    """Ids of rows that the person sees: of the model that the filter names, the first and one from the middle; where
    it names none, what stands in the rows."""
    named = [model for model in apps.get_models() if model._meta.model_name == name and hasattr(model, "uid")]
    found = [one.to] if isinstance(one, ReferenceFilter) else named
    if not found:
        fields = [field for field in FIELDS.get(name, (name,)) if all(field in row for row in collection.rows)]
        if not fields:
            raise UnknownParameterError(
                f"{collection.path}?{name}=: no model bears this name, and no member of the rows"
            )
        return [str(row[field]) for row in collection.rows for field in fields if row[field]]
    model: Any = found[0]
    rows = model._default_manager.visible_to(collection.person.user).order_by("pk")
    some = list(rows.values_list("uid", flat=True)[:DEEP])
    return [str(uid) for uid in dict.fromkeys([*some[:1], *some[len(some) // 2 :][:1]])]


def _searches(collection: Collection) -> list[Query]:
    """Beginnings of what the first of the searched fields holds: short ones, the whole, and nothing that is there."""
    field = next(iter(collection.view.search_lookups)).split("__")[0]
    texts = [str(row[field]) for row in collection.rows if row.get(field)]
    beginnings = [text[:length] for text in texts for length in (2, 4, len(text))]
    return once([((SEARCH, text),) for text in [*beginnings, NOTHING]])


def _one_cases(
    route: Route, view: type[ScopedViewSet], person: Person, worker: Worker, *, is_row: bool
) -> Iterator[Case]:
    """The operation on a first and on a deep row; nothing for somebody who sees none. is_row: it shows the row."""
    where = route.route.partition("<")[0]
    rest = route.route.partition(">")[2]
    rows = _collection(where, view, person, worker).rows
    for row in rows[:1] + rows[-1:]:
        yield Case(route.route, person, f"{where}{row['id']}{rest}", (), of_one(row["id"]) if is_row else answers)
