"""What all pages of the panel have in common: who may enter, how lists stay quick, what empty lists say."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import PROTECT, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

from provider.panel.counting import BoundedPaginator
from provider.panel.inlines import QuickRows
from provider.panel.site import is_admin

# How many of the rows that stand in the way of a deletion are named.
NAMED_OBSTACLES = 5
# A row of fields takes some milliseconds: a gateway may have thousands of routes.
INLINE_ROWS = 10


class AdminsOnly:
    """Every administrator may do everything that the page offers; nobody else gets here."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the app is shown at all."""
        return is_admin(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Looking."""
        return is_admin(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Adding."""
        return is_admin(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Changing."""
        return is_admin(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Deleting."""
        return is_admin(request)


class ReadOnly(AdminsOnly):
    """Rows that the edge or an action writes: the panel shows them."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Nobody deletes."""
        return False


class PanelList(ChangeList):
    """A list that says how many rows it shows once, below, and not beside its title too."""

    def get_results(self, request: HttpRequest) -> None:
        """The page's rows."""
        super().get_results(request)
        self.full_result_count = self.result_count


class PanelAdmin(AdminsOnly, ModelAdmin):
    """The base of all model pages. `empty_title` and `empty_text` are what a list without rows says."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True
    compressed_fields = True
    conditional_fields: dict[str, str] = {}  # unfold asks for it at each field
    empty_title: Any = _("Nothing here yet")
    empty_text: Any = ""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PanelList]:  # noqa: ARG002
        """The kind of list."""
        return PanelList

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The page of one row. What unfold's templates ask for in every cell is said, for a name unknown is dear."""
        return super().render_change_form(request, {"nested_inline": False} | context, *args, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The rows that `searched` finds; never a NUL for PostgreSQL."""
        term = search_term.replace("\0", "").strip()
        if not term:
            return queryset, False
        may_repeat = any("__name__" in lookup for lookup in self.get_search_fields(request))
        return self.searched(queryset, term), may_repeat

    def searched(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """The rows of which one of `search_fields` fits the whole text, spaces included."""
        lookups = self.search_fields
        matches = reduce(or_, (Q(**{lookup: term if "__i" in lookup else term.lower()}) for lookup in lookups))
        return queryset.filter(matches)

    def get_deleted_objects(
        self, objs: Iterable[Model], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """What a deletion would take along, or a few of the rows that forbid it (never a million of them)."""
        obstacles = [text for obj in objs for text in _obstacles(obj)]
        if obstacles:
            return [], {}, set(), obstacles
        return super().get_deleted_objects(objs, request)


class PanelInline(AdminsOnly, QuickRows, TabularInline):
    """Rows that belong to the page's object; what does not fit stands on further pages of them."""

    extra = 0
    per_page = INLINE_ROWS
    hide_title = True


def _obstacles(obj: Model) -> list[str]:
    texts = []
    for relation in obj._meta.related_objects:
        if relation.on_delete is not PROTECT:
            continue
        rows = relation.related_model._default_manager.filter(**{relation.field.name: obj})
        found = list(rows[: NAMED_OBSTACLES + 1])
        kind = relation.related_model._meta.verbose_name
        texts += [f"{kind}: {row}" for row in found[:NAMED_OBSTACLES]]
        if len(found) > NAMED_OBSTACLES:
            texts.append(f"{relation.related_model._meta.verbose_name_plural}: …")
    return texts
