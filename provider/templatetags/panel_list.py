"""The table of a list in the panel."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.admin.views.main import ChangeList

from provider.panel.rows import headers_and_rows

register = template.Library()


@register.inclusion_tag("admin/panel_rows.html", takes_context=True)
def panel_rows(context: dict[str, Any], changelist: ChangeList) -> dict[str, Any]:
    """Headers and rows, or what an empty list says."""
    headers, rows = headers_and_rows(changelist)
    return {
        "cl": changelist,
        "result_headers": headers,
        "num_sorted_fields": sum(1 for header in headers if header["sortable"] and header["sorted"]),
        "rows": rows,
        "has_add_permission": changelist.model_admin.has_add_permission(context["request"]),
    }
