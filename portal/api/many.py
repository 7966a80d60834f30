"""Call settings of many subscribers, merged with what is sent of each.

By the rules of the serializer of one, in as many queries whatever their number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from rest_framework.exceptions import ValidationError

from accounts.models import User
from calls.explain.facts import Facts
from numbering.e164 import is_e164
from portal.api.serializers import NAMES, CallSettingsSerializer, new_targets, refuse_barred
from portal.reading import in_words
from portal.settings_reads import bars_of, readers_for
from provider.api.serializers import refused
from subscribers.models import Subscriber
from subscribers.settings_many import Held, Refusals, Wanted, read_settings, write_grants, write_wishes

Sent = Mapping[Subscriber, Mapping[str, Any]]
Refused = dict[Subscriber, ValidationError]
HeldByAll = Mapping[Subscriber, Held]
WantedOfAll = Mapping[Subscriber, Wanted]


def change_many(
    user: User, sent: Mapping[Subscriber, Mapping[str, Any]], facts: Callable[[], Facts] = Facts
) -> Refused:
    """Merge what is sent into what holds; return what is refused, by subscriber. Within a transaction, which whoever
    calls takes back where anything is refused; he holds the subscribers' locks. user: no customer.
    """
    if not sent:
        return {}
    held = read_settings(list(sent))
    wanted, wrong = _read(user, sent, held)
    wrong |= _translated(write_grants(held, _without(wanted, wrong)))  # first: they say what is barred
    wrong |= _barred(held, _without(wanted, wrong), facts)
    return wrong | _translated(write_wishes(held, _without(wanted, wrong)))


def _read(user: User, sent: Sent, held: HeldByAll) -> tuple[dict[Subscriber, Wanted], Refused]:
    """What shall hold for each, and what was wrong with what was sent of the others."""
    readers = readers_for(user, {one: list(_texts(document)) for one, document in sent.items()})
    context = {"request": SimpleNamespace(user=user), "readers": readers}
    serializer = CallSettingsSerializer(partial=True, context=context)  # one: to make its fields takes milliseconds
    wanted: dict[Subscriber, Wanted] = {}
    wrong: Refused = {}
    for subscriber, document in sent.items():
        serializer.instance = subscriber
        try:
            wanted[subscriber] = serializer.upon(held[subscriber], serializer.run_validation(document))
        except ValidationError as error:
            wrong[subscriber] = error
    return wanted, wrong


def _texts(document: Mapping[str, Any]) -> Iterator[str]:
    """What is to be read as a target; what is no text is refused later."""
    for members in (document.get("forwardings") or {}).values():
        targets: Collection[Any] = (members or {}).get("targets") or ()
        yield from (text for text in targets if isinstance(text, str))


def _barred(
    held: Mapping[Subscriber, Held], wanted: Mapping[Subscriber, Wanted], facts: Callable[[], Facts]
) -> Refused:
    """Those who forward calls to where the edge would not send them."""
    asked = {one: new_targets(held[one].wishes, wish.wishes) for one, wish in wanted.items()}
    numbers = {
        one: list(filter(is_e164, (text for some in targets.values() for text in some)))
        for one, targets in asked.items()
    }
    numbers = {one: some for one, some in numbers.items() if some}
    wrong: Refused = {}
    for subscriber, bars in (bars_of(numbers, facts) if numbers else {}).items():
        try:
            refuse_barred(asked[subscriber], in_words(bars))
        except ValidationError as error:
            wrong[subscriber] = error
    return wrong


def _without(wanted: WantedOfAll, wrong: Refused) -> WantedOfAll:
    return {one: wish for one, wish in wanted.items() if one not in wrong}


def _translated(refusals: Refusals) -> Refused:
    return {one: refused(error, NAMES) for one, error in refusals.items()}
