"""What the settings say about the admin panel: its name, its colours, its sidebar."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _mark(_request: HttpRequest) -> str:
    return static("img/mark.svg")


def _panel_css(_request: HttpRequest) -> str:
    return static("css/panel.css")


def _item(title: Any, icon: str, model: str, **query: str) -> dict[str, Any]:
    link = reverse_lazy(f"admin:{model}_changelist", query=query or None)
    return _entry(title, icon, link)


def _entry(title: Any, icon: str, link: Any) -> dict[str, Any]:
    # What unfold's template asks of each is said, for a key that is missing is dear to look for.
    return {"title": title, "icon": icon, "link": link, "link_callback": None, "badge": None}


def _group(title: Any, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "items": list(items), "collapsible": False, "separator": False, "badge": None}


def _is_live(request: HttpRequest) -> bool:
    return request.path == str(CALLS_PATH) and request.GET.get("live") == "yes"


def _is_record(request: HttpRequest) -> bool:
    return request.path.startswith(str(CALLS_PATH)) and not _is_live(request)


CALLS_PATH = reverse_lazy("admin:calls_call_changelist")


def _badged(item: dict[str, Any], badge: str) -> dict[str, Any]:
    return item | {"badge": f"provider.dashboard.{badge}", "badge_variant": "primary"}


NAVIGATION = [
    {"items": [_entry(_("Dashboard"), "monitoring", reverse_lazy("admin:index"))]},
    _group(
        _("Live"),
        _badged(_item(_("Registrations"), "phonelink_ring", "subscribers_binding"), "binding_badge"),
        _badged(_item(_("Calls now"), "phone_in_talk", "calls_call", live="yes"), "call_badge") | {"active": _is_live},
    ),
    _group(
        _("Records"),
        _item(_("Calls"), "call_log", "calls_call") | {"active": _is_record},
        _entry(_("Statistics"), "bar_chart", reverse_lazy("statistics")),
        _entry(_("Explain a call"), "help_center", reverse_lazy("explain")),
    ),
    _group(
        _("Service"),
        _item(_("Subscribers"), "deskphone", "subscribers_subscriber"),
        _item(_("Domains"), "domain", "subscribers_domain"),
        _item(_("Imports"), "upload_file", "imports_importjob"),
    ),
    _group(
        _("Numbers"),
        _item(_("Phone numbers"), "dialpad", "numbering_phonenumber"),
        _item(_("Number blocks"), "grid_view", "numbering_numberblock"),
        _item(_("Number formats"), "format_list_numbered", "numbering_numberformat"),
    ),
    _group(
        _("Interconnect"),
        _item(_("Carriers"), "apartment", "trunking_carrier"),
        _item(_("Gateways"), "router", "trunking_gateway"),
        _item(_("Routes"), "alt_route", "trunking_route"),
        _item(_("Destination rules"), "block", "trunking_destinationrule"),
    ),
    _group(
        _("Security"),
        {"title": _("Bans and events"), "icon": "shield", "link": reverse_lazy("security")},
        _item(_("Banned User-Agents"), "smart_toy", "accounts_useragentban"),
    ),
    _group(
        _("Events and webhooks"),
        _item(_("Events"), "rss_feed", "events_event"),
        _item(_("Webhooks"), "webhook", "events_webhook"),
        _item(_("Deliveries"), "outbox", "events_delivery"),
    ),
    _group(
        _("People"),
        _item(_("Resellers"), "storefront", "accounts_reseller"),
        _item(_("Customers"), "groups", "accounts_customer"),
        _item(_("Users"), "person", "accounts_user"),
        _item(_("API tokens"), "key", "accounts_apitoken"),
    ),
]

# Petrol, the colour of the mark; the same hue as --brand in static/css/tokens.css.
PRIMARY = {
    "50": "oklch(97.5% .015 200)",
    "100": "oklch(94% .032 200)",
    "200": "oklch(88% .058 200)",
    "300": "oklch(81% .085 200)",
    "400": "oklch(72% .1 200)",
    "500": "oklch(61% .098 203)",
    "600": "oklch(50% .084 208)",
    "700": "oklch(43% .072 211)",
    "800": "oklch(37% .06 214)",
    "900": "oklch(32% .05 217)",
    "950": "oklch(24% .04 219)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Freiton",
    "SITE_HEADER": "Freiton",
    "SITE_SUBHEADER": _("Voice provider"),
    "SITE_URL": None,
    "SITE_ICON": _mark,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _mark}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "COLORS": {"primary": PRIMARY},
    "STYLES": [_panel_css],
    "DASHBOARD_CALLBACK": "provider.dashboard.add_figures",
    "COMMAND": {
        "search_models": [
            "subscribers.Subscriber",
            "numbering.PhoneNumber",
            "accounts.Customer",
            "accounts.Reseller",
            "accounts.User",
            "subscribers.Domain",
            "trunking.Gateway",
        ],
        "show_history": True,
    },
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": NAVIGATION,
    },
}
