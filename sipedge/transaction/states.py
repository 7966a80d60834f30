"""The states of RFC 3261 §17 and RFC 6026, and what the four machines have in common."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar

from sipedge.sip.flow import Flow


class State(Enum):
    """Where a transaction stands; which of them a machine has is drawn in its own module."""

    CALLING = "calling"
    TRYING = "trying"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class Transaction:
    """One request and its responses on one hop.

    key: what messages are matched by. flow: where requests (client) or responses (server) are sent.
    is_client: whether the request is ours.
    user: belongs to the transaction user; the layer only asks whether it is None.
    deadline: when a lingering transaction ends (seconds, the caller's clock); see `TimerQueue.linger`.
    """

    __slots__ = ("deadline", "flow", "key", "state", "user")
    is_client: ClassVar[bool] = False

    def __init__(self, key: str, flow: Flow, state: State) -> None:
        self.key = key
        self.flow = flow
        self.state = state
        self.user: Any = None
        self.deadline = 0.0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key} {self.state.name}>"
