"""How forms become HTML: as Django's and django-unfold's templates say it, but the smallest of them without templates.

A page with rows of forms has hundreds of inputs, each of them two templates deep; a list of time zones has six
hundred options. What these templates write is a line of HTML with some attributes, and is written here; all others are
rendered as ever. tests/provider/panel/test_renderer.py holds each of them beside its template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.template import Context
from django.template.base import render_value_in_context
from django.utils.html import escape
from django.utils.safestring import SafeData

Widget = Mapping[str, Any]

_INPUT: Final = "django/forms/widgets/input.html"
_OPTION: Final = "django/forms/widgets/select_option.html"
_INPUTS: Final = (
    _INPUT,
    *(
        f"django/forms/widgets/{name}.html"
        for name in ("checkbox", "email", "hidden", "number", "password", "text", "url", "date", "time", "datetime")
    ),
)
_FRAMED: Final = ("unfold/widgets/text.html", "unfold/widgets/date.html", "unfold/widgets/time.html")
"""An input, and around it what is the same for all of them."""
_BESIDE: Final = ("prefix", "prefix_icon", "suffix", "suffix_icon")
"""What a framed input may have besides; then its template is asked."""
_SELECTS: Final = ("django/forms/widgets/select.html", "unfold/widgets/select.html")

# Something that is no name of a field: templates are rendered with it once, to see what stands around it.
_MARK: Final = "the-name-stands-here"
_AS_PAGES_DO: Final = Context()


class PanelRenderer(DjangoTemplates):
    """Django's renderer, with the smallest templates written out."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """HTML of a widget, a label, a list of errors."""
        write = WRITTEN.get(template_name)
        found = None if write is None else write(self, template_name, context)
        return super().render(template_name, context, request) if found is None else found

    @cache  # noqa: B019 - there is one renderer in a process
    def frame(self, template_name: str, known: str, **widget: Any) -> tuple[str, str]:
        """What a template writes before and after a part of it that is known."""
        before, _known, after = super().render(template_name, {"widget": widget}).partition(known)
        return before, after


def _input(_renderer: PanelRenderer, _name: str, context: Mapping[str, Any]) -> str:
    return input_html(context["widget"])


def _framed(renderer: PanelRenderer, name: str, context: Mapping[str, Any]) -> str | None:
    widget: Widget = context["widget"]
    if any(widget.get(part) for part in _BESIDE):
        return None
    before, after = renderer.frame(name, f'<input type="text" name="{_MARK}">', type="text", name=_MARK)
    return f"{before}{input_html(widget)}{after}"


def _select(renderer: PanelRenderer, name: str, context: Mapping[str, Any]) -> str | None:
    widget: Widget = context["widget"]
    options = [option for _group, group, _index in widget["optgroups"] for option in group]
    if any(group for group, _options, _index in widget["optgroups"]):
        return None
    if any(option["template_name"] != _OPTION for option in options):
        return None
    before, after = renderer.frame(name, f'<select name="{_MARK}">', name=_MARK)
    written = "\n".join(option_html(option) for option in options)
    return f'{before}<select name="{_shown(widget["name"])}"{_attributes(widget["attrs"])}>\n{written}{after}'


def _label(_renderer: PanelRenderer, _name: str, context: Mapping[str, Any]) -> str:
    label = _shown(context["label"])
    if not context["use_tag"]:
        return label.strip()
    tag = _shown(context["tag"])
    return f"<{tag}{_attributes(context['attrs'] or {})}>{label}</{tag}>"


def _no_errors(_renderer: PanelRenderer, _name: str, context: Mapping[str, Any]) -> str | None:
    return None if context["errors"] else ""


WRITTEN: Final[Mapping[str, Callable[[PanelRenderer, str, Mapping[str, Any]], str | None]]] = {
    **dict.fromkeys(_INPUTS, _input),
    **dict.fromkeys(_FRAMED, _framed),
    **dict.fromkeys(_SELECTS, _select),
    "django/forms/label.html": _label,
    "django/forms/errors/list/default.html": _no_errors,
    "django/forms/errors/list/ul.html": _no_errors,
}
"""Template → what writes the same; that gives None where it does not know how, and the template is rendered."""


def input_html(widget: Widget) -> str:
    """One `<input>`."""
    value = widget.get("value")
    written = "" if value is None else f' value="{_text(value)}"'
    name, kind = _shown(widget["name"]), _shown(widget["type"])
    return f'<input type="{kind}" name="{name}"{written}{_attributes(widget.get("attrs", {}))}>'


def option_html(option: Widget) -> str:
    """One `<option>` of a select."""
    return f'<option value="{_text(option["value"])}"{_attributes(option["attrs"])}>{_shown(option["label"])}</option>'


def _attributes(attrs: Mapping[str, Any]) -> str:
    return "".join(
        f" {_shown(name)}" if value is True else f' {_shown(name)}="{_text(value)}"'
        for name, value in attrs.items()
        if value is not False
    )


def _text(value: Any) -> str:
    """A value as programs read it: `value|stringformat:"s"` of the templates."""
    text = str(value)
    return text if isinstance(value, SafeData) else escape(text)


def _shown(value: Any) -> str:
    """A value as people read it: `{{ value }}`."""
    return render_value_in_context(value, _AS_PAGES_DO)
