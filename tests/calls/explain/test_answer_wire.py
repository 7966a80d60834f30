"""The proof: what is explained out of PostgreSQL is what an edge puts on the wire, header by header."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator

import pytest

from calls.explain.answer import explain
from calls.explain.explanation import Explanation, Stage, Target
from sipedge.store.postgres import PostgresStore
from sipedge.store.settings import StoreSettings
from tests.calls.explain.cases import Case, Provider
from tests.calls.explain.wire import Heard, Sent, Wire, run

CASES = int(os.environ.get("EXPLAINED_CASES", "100"))
SEED = int(os.environ.get("EXPLAINED_SEED", "5"))
SEEN = {"P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Diversion", "History-Info", "Privacy"}
"""Headers that the cases have to bring about, lest they prove nothing."""
OF_EVERY_HOP = frozenset(
    ("Via", "Max-Forwards", "Max-Breadth", "Record-Route", "Route", "From", "To", "Call-ID", "CSeq", "Contact")
) | {"Content-Length", "Session-Expires", "Min-SE", "Supported"}


async def on_the_wire(dsn: str, provider: Provider, cases: list[Case]) -> list[Heard]:
    """What an edge does with each of them."""
    store = PostgresStore(dsn, os.environ["CREDENTIAL_KEYS"].split(","), StoreSettings(pace=0.005))
    await store.start()
    try:
        world = Wire(store, provider.down)
        async for calls in store.open_calls.of_others(["edge1"]):
            world.engine.services.counts.resume(calls)
        return [await run(world, case) for case in cases]
    finally:
        await store.stop()


def expected(stage: Stage, failure: str) -> Iterator[tuple[Target, ...]]:
    """The targets that are tried when all phones fail so, and gateways with 503: those together as one."""
    if stage.verdict not in ("phones", "gateways"):
        return
    is_over = False
    for group in stage.groups:
        if is_over:
            break
        yield group
        if failure != "other":
            yield from ((other,) for target in group for other in target.others)
        is_over = any(target.kind == "phone" for target in group) and (
            failure == "other" or (failure == "no_answer" and stage.rings_for is not None)
        )
    has_phones = any(target.kind == "phone" for group in stage.groups for target in group)
    condition = failure if has_phones else "not_registered"
    follow = next((one.stage for one in stage.follows if condition in one.conditions), None)
    if follow is not None:
        yield from expected(follow, failure)


def as_sent(sent: Sent) -> tuple[object, ...]:
    """What there is to compare of a request on the wire."""
    request = sent.request
    fields = tuple(item for item in request.headers if item[0] not in OF_EVERY_HOP)
    sender = (request.get("From") or "").rpartition(";tag=")[0]
    routes = tuple(request.get_all("Route"))
    return request.method, request.request_uri, sender, fields, routes


def as_explained(explanation: Explanation, target: Target) -> tuple[object, ...]:
    """The same of an explanation."""
    fields = tuple((field.name, field.value) for field in target.fields)
    return explanation.method, target.request_uri, target.from_, fields, target.route


def differences(case: Case, heard: Heard, found: Explanation) -> list[str]:
    """In words, for whoever has to find out."""
    wrong = []
    sent = [as_sent(one) for one in heard.sent]
    for group in expected(found.stage, case.failure):
        wanted, here = Counter(as_explained(found, target) for target in group), Counter(sent[: len(group)])
        if wanted != here:
            wrong.append(f"explained: {list(wanted - here)}\n     on the wire: {list(here - wanted)}")
        sent = sent[len(group) :]
    if sent:
        wrong.append(f"not explained: {sent}")
    if found.stage.verdict == "refused" and (found.stage.status_code, found.stage.reason) != heard[1:]:
        wrong.append(f"explained: {found.stage.status_code} {found.stage.reason}; on the wire: {heard[1:]}")
    return [f"{case.question} chance {case.chance} all {case.failure}:\n     {one}" for one in wrong]


@pytest.mark.django_db(transaction=True)
def test_what_is_explained_is_what_is_sent(edge_dsn: str) -> None:
    provider = Provider()
    cases = provider.cases(CASES, SEED)
    heard = asyncio.run(on_the_wire(edge_dsn, provider, cases))
    found = [explain(case.question, None, lambda _routes, case=case: case.chance) for case in cases]
    wrong = [line for triple in zip(cases, heard, found, strict=True) for line in differences(*triple)]
    assert not wrong, "\n".join(wrong)
    assert {one.stage.verdict for one in found} == {"refused", "phones", "gateways"}
    assert len({one.stage.status_code for one in found}) > 5
    assert max(len(one.sent) for one in heard) > 3
    assert {name for one in heard for sent in one.sent for name, _ in sent.request.headers} >= SEEN
    assert {case.domain for case in cases} == {"a.example.org", "b.example.org"}
