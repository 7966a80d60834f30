"""How operations are called (`list_subscribers`, `rotate_credential`), and the sentences about them."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Final

from accounts.choices import Role

# Collections that have no singular, and those whose singular English makes otherwise.
SINGULARS: Final = {
    "domain-aliases": "domain-alias",
    "me": "me",
    "plan": "plan",
    "apply": "apply",
    "explain": "explain",
}
STANDARD: Final = {
    "list": ("list", True),
    "create": ("create", False),
    "retrieve": ("get", False),
    "update": ("replace", False),
    "partial_update": ("update", False),
    "destroy": ("delete", False),
    "bulk": ("bulk_write", True),
}
# Where the address does not say what is done.
NAMES: Final = {
    "GET calls/export": "export_calls",
    "GET numbers/export": "export_numbers",
    "GET subscribers/export": "export_subscribers",
    "GET imports/{id}/errors/export": "export_import_errors",
    "POST imports/{id}/passwords": "take_import_passwords",
}
VERBS: Final = {"GET": "get", "POST": "create", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}
SUMMARIES: Final = {
    "list": "List {many}",
    "create": "Create {one}",
    "retrieve": "Get {one}",
    "update": "Replace {one}",
    "partial_update": "Change {one}",
    "destroy": "Delete {one}",
    "bulk": "Write many {many} at once",
}
SENTENCES: Final = {
    "list": "A page of the {many} that the token's owner may see.",
    "create": "Makes {one}. The answer shows it as it stands then.",
    "retrieve": "{One}, with the entity tag (`ETag`) that names this version of it.",
    "update": "Replaces {one} as a whole.",
    "partial_update": "Changes the members that are sent; the others stay. Members that only we set may be sent back "
    "as they were read.",
    "destroy": "Takes {one} away. `If-Match` says which version is meant, so that nothing is deleted that has changed "
    "since it was read.",
    "bulk": "Creates, changes and deletes up to 1,000 {many} in one request and one transaction, in the order of the "
    "rows. Each row is answered as a request of its own would be; with `all_or_nothing` nothing is kept where one of "
    "them is refused (422), else those are kept that were accepted (207).",
}


def singular(collection: str) -> str:
    """`number-blocks` → number_block."""
    if collection in SINGULARS or collection.endswith("settings"):
        return SINGULARS.get(collection, collection).replace("-", "_")
    stem = collection.removesuffix("ies") + "y" if collection.endswith("ies") else collection.removesuffix("s")
    return stem.replace("-", "_")


def operation_id(method: str, places: Sequence[str], action: str | None) -> str:
    """places: the parts of the address behind the version. action: of a viewset, None for a view alone."""
    if known := NAMES.get(f"{method} {'/'.join(places)}"):
        return known
    collection, *rest = [place.replace("-", "_") for place in places if not place.startswith("{")]
    one, is_row = singular(places[0]), any(place.startswith("{") for place in places)
    if action in STANDARD and (not rest or action == "bulk"):
        verb, is_many = STANDARD[action]
        return f"{verb}_{collection if is_many else one}"
    if not rest:
        return f"{VERBS[method]}_{collection}"
    if method == "POST":  # set-password of a user: set_user_password
        verb, *what = "_".join(rest).split("_") if is_row else ["_".join(rest)]
        return "_".join([verb, one if is_row else collection, *what])
    return "_".join([VERBS[method], one, *rest])


def summary(method: str, places: Sequence[str], action: str | None) -> str:
    """A few words."""
    if action in SUMMARIES and (len(places) <= 2):
        return _filled(SUMMARIES[action], places[0])
    words = operation_id(method, places, action).replace("_", " ")
    if method == "POST" and any(place.startswith("{") for place in places):
        one = singular(places[0]).replace("_", " ")
        words = words.replace(one, _with_article(one), 1)
    return words.capitalize()


def description(schema: Any) -> str:
    """What the operation does (the docstring of what does it, else what its kind does), what it is about, who may."""
    view, action = schema.view, getattr(schema.view, "action", None)
    told = [_own_words(schema), *_standard_words(schema), _who_may(view, action), _which_token(schema)]
    return "\n\n".join(part for part in dict.fromkeys(told) if part)


def _own_words(schema: Any) -> str:
    """What the view says of this action itself, where it is not inherited from the API's frame."""
    view, action = schema.view, getattr(schema.view, "action", None)
    handler = getattr(view, action or schema.method.lower(), None)
    module = getattr(inspect.unwrap(handler), "__module__", "") if handler else ""
    if module.startswith(("provider.api.viewset", "provider.api.writing", "rest_framework")):
        return ""
    return inspect.getdoc(handler) or ""


def _standard_words(schema: Any) -> list[str]:
    view, action = schema.view, getattr(schema.view, "action", None)
    own = inspect.cleandoc(type(view).__doc__ or "")
    if action not in SENTENCES:
        return [own] if action is None else []
    return [_filled(SENTENCES[action], schema.get_tags()[0]), own]


def _who_may(view: Any, action: str | None) -> str:
    if action not in getattr(view, "writing", ()) or set(view.writers) == set(Role):
        return ""
    who = " and ".join(f"{role.label}s".lower() for role in Role if role in view.writers)
    return f"For {who}; others are answered 403."


def _which_token(schema: Any) -> str:
    """The scopes of which one is enough, the narrowest first."""
    found = [
        " with ".join(f"`{scope}`" for scope in one[name]) for one in schema.get_auth() for name in one if one[name]
    ]
    return f"Takes a token with {' or '.join(found)}." if found else "Takes any token."


def _filled(text: str, collection: str) -> str:
    one = _with_article(singular(collection).replace("_", " "))
    return text.format(many=collection.replace("-", " "), one=one, One=one[0].upper() + one[1:])


def _with_article(words: str) -> str:
    if words.endswith("settings"):
        return words
    return f"{'an' if words[0] in 'aeio' else 'a'} {words}"
