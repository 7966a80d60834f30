"""The panel: every list with every filter, search, column order and place that it offers, and every page on one object.

Autocompletes and the search of everything are asked as the pages ask for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.db.models import Field, Model
from django.test import RequestFactory

from bench.web.asking import Answer, Query
from bench.web.cases import Case, Finding, Look, UnknownParameterError, combined, once
from bench.web.people import Person
from bench.web.routes import Route
from provider.panel.admin import PanelAdmin

ROW: Final = re.compile(rb'<tr class="data-row')
NOTHING: Final = "zzzz"
DEEP: Final = 10_000
UNASKED: Final = {
    "admin:login": "sends on to the login page",
    "admin:logout": "takes a POST",
    "admin:view_on_site": "sends on",
    "security_lift": "wants a ban that is in force",
    "admin:calls_call_hang_up": "wants a call that stands",
    "admin:app_list": "a list of links, the same as the dashboard's",
}


def panel_cases(routes: list[Route], person: Person) -> Iterator[Case]:
    """The cases of all addresses below /admin/, for an administrator."""
    for route in routes:
        if not route.route.startswith("/admin/") or not route.name or route.name in UNASKED:
            continue
        if route.name.endswith("_changelist"):
            yield from _list_cases(route, _page(route), person)
        elif route.name == "admin:autocomplete":
            yield from _autocompletes(route, person)
        elif route.name == "admin:search":
            yield from _everything(route, person)
        elif route.takes_arguments:
            yield from _object_cases(route, person)
        elif _is_offered(route, person):
            yield Case(route.route, person, route.route, (), of_page)


def of_page(answer: Answer) -> Finding:
    """A page that is no list: it came, and holds something."""
    return Finding(None, "" if answer.body else "the page is empty")


def _of_list(*, at_least_one: bool) -> Look:
    def look(answer: Answer) -> Finding:
        rows = len(ROW.findall(answer.body))
        return Finding(rows, "no row, though one that fits is there" if at_least_one and not rows else "")

    return look


def _page(route: Route) -> Any:
    """The model's page that the address belongs to."""
    label, model = route.name.removeprefix("admin:").split("_")[:2]
    return admin.site.get_model_admin(apps.get_model(label, model))


def _is_offered(route: Route, person: Person) -> bool:
    """Whether the page lets its own administrators do what the address is for."""
    kind = route.name.rpartition("_")[2]
    if route.name.count("_") < 2 or kind not in {"add", "delete"}:
        return True
    page, request = _page(route), _request(person)
    if kind == "add":
        return bool(page.has_add_permission(request))
    return bool(page.has_delete_permission(request, page.model._default_manager.first()))


def _request(person: Person) -> Any:
    request = RequestFactory().get("/")
    request.user = person.user
    return request


def _list_cases(route: Route, page: PanelAdmin, person: Person) -> Iterator[Case]:
    changelist: Any = page.get_changelist_instance(_request(person))
    samples = _samples(page)
    choices = {str(spec.title): _filter_values(spec, samples) for spec in changelist.filter_specs}
    choices["search"] = _searches(page, samples)
    choices["order"] = _orders(changelist)
    last = ((PAGE_VAR, str(changelist.paginator.num_pages)),)
    alone = combined(choices, pairs=person.pairs)
    queries = once([*alone, *(order + last for order in [(), *choices["order"]])])
    for query in queries:
        sampled = len(query) == 1 and query[0][0] in (SEARCH_VAR, ORDER_VAR) and query[0][1] != NOTHING
        yield Case(
            route.route, person, route.route, query, _of_list(at_least_one=bool(samples) and (sampled or not query))
        )


def _samples(page: PanelAdmin) -> list[Model]:
    """The first row and one from deep in the list, in the list's own order."""
    rows = page.model._default_manager.order_by(*(page.ordering or page.model._meta.ordering))
    deep = rows[DEEP : DEEP + 1] or rows.reverse()[:1]
    return list({row.pk: row for row in [*rows[:1], *deep]}.values())


def _orders(changelist: Any) -> list[Query]:
    """Each column by which the list can be sorted, both ways."""
    found: list[Query] = []
    for number, name in enumerate(changelist.list_display):
        sortable = changelist.sortable_by is None or name in changelist.sortable_by
        if sortable and changelist.get_ordering_field(name):
            found += [((ORDER_VAR, f"{sign}{number}"),) for sign in ("", "-")]
    return found


def _filter_values(spec: Any, samples: list[Model]) -> list[Query]:
    """What a filter's form can send. Raises UnknownParameterError for a kind of filter that is new here."""
    names = spec.expected_parameters()
    if hasattr(spec, "lookup_choices") and len(names) == 1 and not hasattr(spec, "field"):
        values = [str(value) for value, _words in spec.lookup_choices]
        return [((names[0], value),) for value in _ends(values)]
    field: Field[Any, Any] = spec.field
    if field.is_relation and field.related_model is not None:
        related = field.related_model
        keys = [getattr(row, field.attname) for row in samples]
        keys += related._default_manager.order_by("pk").values_list("pk", flat=True)[:1]
        keys += related._default_manager.order_by("-pk").values_list("pk", flat=True)[:1]
        return once([((f"{field.name}__id__exact", str(key)),) for key in keys if key is not None])
    if field.flatchoices:
        return [((f"{field.name}__exact", str(value)),) for value, _words in field.flatchoices]
    if field.get_internal_type() == "BooleanField":
        return [((f"{field.name}__exact", value),) for value in ("0", "1")]
    if field.get_internal_type() == "DateTimeField":
        return _spans(field, samples)
    raise UnknownParameterError(f"the filter {spec.title}: no value is known for a {type(spec).__name__}")


def _ends(values: list[str]) -> list[str]:
    """The first two and the last two: of forty gateways those with most and with least."""
    return values if len(values) <= 4 else [*values[:2], *values[-2:]]


def _spans(field: Any, samples: list[Model]) -> list[Query]:
    """A day, from a day on, and until a day."""
    days = [getattr(row, field.name).date().isoformat() for row in samples]
    begin, end = f"{field.name}_from_0", f"{field.name}_to_0"
    return once([((begin, days[-1]), (end, days[-1])), ((begin, days[0]),), ((end, days[-1]),)])


def _searches(page: PanelAdmin, samples: list[Model]) -> list[Query]:
    """Of every searched field of the samples the whole, and its beginning where that is searched; a word of nobody."""
    texts = [NOTHING]
    for lookup in page.get_search_fields(_request_of_nobody()):
        path = [part for part in lookup.split("__") if not part.endswith("startswith")]
        for row in samples:
            text = _text(row, path)
            beginnings = [text[:2], text[:4]] if lookup.endswith("startswith") else []
            texts += [*beginnings, text] if text else []
    return once([((SEARCH_VAR, text),) for text in texts])


def _request_of_nobody() -> Any:
    return RequestFactory().get("/")


def _text(row: Any, path: list[str]) -> str:
    for name in path:
        row = getattr(row, name)
        row = row.first() if hasattr(row, "first") else row
        if row is None:
            return ""
    return str(row)


def _object_cases(route: Route, person: Person) -> Iterator[Case]:
    if not _is_offered(route, person):
        return
    name = route.name.replace("auth_user_password_change", "accounts_user_password")
    page = _page(Route(route.route, name, route.view))
    for row in _samples(page):
        where = re.sub(r"<[^>]*>", str(row.pk), route.route)
        yield Case(route.route, person, where, (), of_page)


def _autocompletes(route: Route, person: Person) -> Iterator[Case]:
    """What the forms and filters ask for while somebody types."""
    for page in admin.site._registry.values():
        for name in page.autocomplete_fields:
            field: Any = page.model._meta.get_field(str(name))
            where = (
                ("app_label", page.opts.app_label),
                ("model_name", str(page.opts.model_name)),
                ("field_name", str(name)),
            )
            target: Any = admin.site.get_model_admin(field.related_model)
            for text in ("", *(value for query in _searches(target, _samples(target)) for _name, value in query)):
                yield Case(route.route, person, route.route, (("term", text), *where), of_page)


def _everything(route: Route, person: Person) -> Iterator[Case]:
    for text in ("anna", "anna.huber", "+4310", "d000", "zzzz", "1"):
        for more in ((), (("extended", "1"),)):
            yield Case(route.route, person, route.route, (("s", text), *more), of_any)


def of_any(answer: Answer) -> Finding:
    """A part of a page that may be empty."""
    return Finding(None, "" if answer.body is not None else "nothing")
