"""A reseller's program, as a scenario has it: it makes a phone by the API, follows the feed, and takes webhooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.events.documented import verify_of_the_document
from tests.events.receiver import Received, Receiver, receiver
from tests.scenarios.api_client import ApiClient
from tests.scenarios.sip_message import Account
from tests.scenarios.waiting import eventually

SOON = 30.0  # seconds: the worker looks for what is to be sent every other second, and for security events every ten


@dataclass
class Hook:
    """A webhook, and the server that it leads to."""

    api: ApiClient
    server: Receiver
    id: str
    secret: str

    def bodies(self, **wanted: Any) -> list[dict[str, Any]]:
        """The events that came, of those with these members; each must be signed as the document says."""
        verify = verify_of_the_document()
        for one in list(self.server.received):
            assert verify(self.secret, one.headers["Freiton-Signature"], one.body), one
        return chosen([json.loads(one.body) for one in list(self.server.received)], wanted)

    def brings(self, count: int = 1, **wanted: Any) -> list[dict[str, Any]]:
        """The same, once there are so many."""
        found: list[dict[str, Any]] = eventually(
            lambda: self._enough(count, wanted), f"{self.id} brings {count} of {wanted}", SOON
        )
        assert len(found) == count, found
        return found

    def _enough(self, count: int, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        found = self.bodies(**wanted)
        return found if len(found) >= count else []

    def came(self) -> list[Received]:
        """All requests."""
        return list(self.server.received)

    def came_of(self, event: object) -> list[Received]:
        """The requests that told of one event, by its id."""
        return [one for one in self.came() if one.headers["Freiton-Event-Id"] == event]

    def deliveries(self) -> list[dict[str, Any]]:
        """The log, the oldest first."""
        page = self.api.get("webhook-deliveries/", webhook=self.id, ordering="created_at")
        rows: list[dict[str, Any]] = page["results"]
        return rows


@dataclass
class Feed:
    """The feed from a place on, and all that it has told since."""

    api: ApiClient
    next: str
    told: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def from_now_on(cls, api: ApiClient) -> Feed:
        """From what happens next."""
        page = api.get("events/", cursor="latest")
        assert page["results"] == []
        return cls(api, page["next"])

    def all(self, **wanted: Any) -> list[dict[str, Any]]:
        """Reads to the end; all since the beginning, with these members."""
        is_last = False
        while not is_last:
            page = self.api.get(self.next)
            self.told += page["results"]
            self.next, is_last = page["next"], page["is_last"]
        return chosen(self.told, wanted)

    def brings(self, count: int = 1, **wanted: Any) -> list[dict[str, Any]]:
        """The same, once there are so many."""

        def enough() -> list[dict[str, Any]]:
            found = self.all(**wanted)
            return found if len(found) >= count else []

        found: list[dict[str, Any]] = eventually(enough, f"the feed brings {count} of {wanted}", SOON)
        assert len(found) == count, found
        return found


def chosen(events: list[dict[str, Any]], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """The events with these members; a type that ends in * is the beginning of one."""
    return [one for one in events if all(_is_so(one[name], value) for name, value in wanted.items())]


def _is_so(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, str) and wanted.endswith("*"):
        return str(found).startswith(wanted[:-1])
    return bool(found == wanted)


@dataclass
class Shop:
    """A reseller with a customer whose phone has a number.

    hook, feed: told everything since before the customer was made. reseller, customer, subscriber: ids.
    """

    api: ApiClient
    hook: Hook
    feed: Feed
    reseller: str
    customer: str
    subscriber: str
    account: Account
    e164: str

    def ids(self) -> set[str]:
        """What nobody else is ever to be told."""
        return {self.reseller, self.customer, self.subscriber}


@contextmanager
def hook_of(api: ApiClient, *types: str, answers: tuple[int, ...] = ()) -> Iterator[Hook]:
    """A webhook with a server of its own, until the end of the block. answers: what it begins with."""
    with receiver() as server:
        server.answers += answers
        made = api.post("webhooks/", {"url": server.url(), "types": list(types)})
        try:
            yield Hook(api, server, made["id"], made["secret"])
        finally:
            api.remove(f"webhooks/{made['id']}/")


@contextmanager
def shop(api: ApiClient, admin: ApiClient, username: str, e164: str) -> Iterator[Shop]:
    """A shop of the reseller whose token this is, until the end of the block."""
    with ExitStack() as stack:
        reseller = api.get("me/")["reseller"]["id"]
        feed = Feed.from_now_on(api)
        hook = stack.enter_context(hook_of(api))
        domain = api.get("domains/")["results"][0]
        customer = api.post("customers/", {"name": f"Shop {username}"})["id"]
        stack.callback(api.remove, f"customers/{customer}/")
        asked = {"username": username, "domain": domain["id"], "customer": customer}
        subscriber = api.post("subscribers/", asked)["id"]
        stack.callback(api.remove, f"subscribers/{subscriber}/")
        password = api.post("credentials/", {"subscriber": subscriber})["password"]
        admin.post("numbers/", {"e164": e164, "reseller": reseller})
        api.post("number-assignments/", {"e164": e164, "subscriber": subscriber})
        account = Account(username, password, domain["name"])
        yield Shop(api, hook, feed, reseller, customer, subscriber, account, e164)
