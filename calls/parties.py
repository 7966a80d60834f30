"""The two sides of a call as somebody may see them: whose side is whose, and what the other side is called."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from django.utils.translation import gettext

from accounts.choices import Role
from accounts.models import User
from calls.models import Call
from sipedge.proxy.identity import ANONYMOUS


def may_see(user: User, reseller_id: int | None, customer_id: int | None) -> bool:
    """Whether a side of a call, which belongs to that reseller and customer, is the user's to see."""
    if user.role == Role.ADMIN:
        return True
    if user.role == Role.RESELLER:
        return reseller_id is not None and reseller_id == user.reseller_id
    return customer_id is not None and customer_id == user.customer_id


def name_of_side(uri: str, number: str) -> str:
    """What people call a side: its number, else user@host of its URI."""
    return number or unquote(uri.partition(":")[2].partition(";")[0].partition("?")[0]) or uri


def is_withheld_from(user: User, call: Call) -> bool:
    """Whether the caller asked not to be known to the one whom it called, and the user is on that side.

    The provider and its resellers see the number all the same: a network has to know who calls (RFC 3325 §5).
    """
    return (
        call.caller == ANONYMOUS
        and user.role == Role.CUSTOMER
        and not may_see(user, call.caller_reseller_id, call.caller_customer_id)
    )


@dataclass(frozen=True, slots=True)
class CustomersView:
    """A call as one customer sees it."""

    call: Call
    is_outgoing: bool
    other_side: str
    own_side: str


def seen_by_customer(call: Call, customer_id: int) -> CustomersView:
    """The call with its other side; between two phones of one customer it is shown as outgoing."""
    is_outgoing = call.caller_customer_id == customer_id
    is_withheld = call.caller == ANONYMOUS and not is_outgoing
    caller = gettext("anonymous") if is_withheld else name_of_side(call.caller, call.caller_number)
    callee = name_of_side(call.callee, call.callee_number)
    other, own = (callee, caller) if is_outgoing else (caller, callee)
    return CustomersView(call, is_outgoing, other, own)
