"""Call records."""

import secrets

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from calls.choices import Direction, State
from calls.models import Call
from sipedge.dialog.call import call_key


class CallFactory(DjangoModelFactory):
    """A call that has just begun; `ended` makes one that is over."""

    class Meta:
        model = Call

    class Params:
        ended = factory.Trait(
            state=State.ENDED,
            answered_at=factory.SelfAttribute("started_at"),
            ended_at=factory.LazyFunction(timezone.now),
            status_code=200,
            ended_by="caller",
        )

    id = factory.LazyAttribute(lambda call: call_key(call.started_at.timestamp(), secrets.token_bytes(10)))
    direction = Direction.INTERNAL
    state = State.TRYING
    sip_call_id = factory.Sequence("call-{}@192.0.2.1".format)
    caller = "sip:alice@example.org"
    callee = "sip:bob@example.org"
    edge = "edge-1"
    started_at = factory.LazyFunction(timezone.now)


def call_between(caller, callee, **fields) -> Call:
    """A call of one subscriber to another, with all facts of both sides."""
    return CallFactory(
        caller=f"sip:{caller.aor}",
        callee=f"sip:{callee.aor}",
        caller_subscriber=caller,
        callee_subscriber=callee,
        caller_customer=caller.customer,
        callee_customer=callee.customer,
        caller_reseller=caller.reseller,
        callee_reseller=callee.reseller,
        **fields,
    )
