"""Real phones register, and refresh their registration before it ends: the same binding, with a later end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.interop.phones import TRANSPORTS, PhoneMaker
from tests.interop.pjsip import Pjsip
from tests.scenarios.running import Platform
from tests.scenarios.sip_message import Account
from tests.scenarios.waiting import DEADLINE, eventually
from tests.tools import require

pytestmark = pytest.mark.xdist_group("platform")

REFRESH_AFTER: Final = 1
FASTER: Final = 20
"""baresip registers for a minute, the least that the edge grants, and refreshes after 54 s of its own time."""


def _soon(make: str) -> Mapping[str, object]:
    """How a phone of this make is started, so that it refreshes within seconds."""
    if make == "pjsip":
        return {"refresh_after": REFRESH_AFTER}
    require("faketime")
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    return {"variables": {"LD_PRELOAD": str(library), "FAKETIME": f"+0 x{FASTER}"}}


def _registration(platform: Platform, account: Account) -> dict[str, Any]:
    """The one registration that the subscriber has."""
    [row] = platform.registrations(account)
    return row


@pytest.mark.parametrize("make", ["baresip", "pjsip"])
def test_phones_register_by_each_transport_and_refresh(platform: Platform, phone_maker: PhoneMaker, make: str) -> None:
    names = dict(zip(("alice", "bob", "carol"), TRANSPORTS, strict=True))
    phones = [phone_maker.start(make, transport, name, **_soon(make)) for name, transport in names.items()]
    for phone in phones:
        phone.registers()
    first = {phone.account.username: _registration(platform, phone.account) for phone in phones}
    for phone in phones:
        name = phone.account.username
        before, later = first[name], _refreshed(platform, phone.account, first[name])
        assert all(before[key] == later[key] for key in ("id", "contact", "created_at", "instance_id", "reg_id"))
        assert later["expires_at"] > before["expires_at"]
        assert (later["transport"], make in later["user_agent"].lower()) == (names[name], True)


def _refreshed(platform: Platform, account: Account, first: dict[str, Any]) -> dict[str, Any]:
    """The registration, once it is newer than it was."""

    def look() -> dict[str, Any] | None:
        row = _registration(platform, account)
        return row if row["updated_at"] > first["updated_at"] else None

    later = eventually(look, f"{account.username} refreshes", 6 * DEADLINE)
    assert later is not None
    return later


def test_a_phone_that_is_challenged_with_sha_256(platform: Platform, phone_maker: PhoneMaker) -> None:
    phone = phone_maker.start("pjsip", "udp", "newer")
    phone.registers()
    assert "PJSIP" in _registration(platform, phone.account)["user_agent"]


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_flow_of_rfc_5626_ends_with_its_connection(
    platform: Platform, phone_maker: PhoneMaker, transport: str
) -> None:
    phone = phone_maker.start("pjsip", transport, "alice")
    assert isinstance(phone, Pjsip)
    phone.registers()
    row = _registration(platform, phone.account)
    assert (row["reg_id"], row["instance_id"] != "") == (1, True)
    phone.process.kill()
    eventually(lambda: not platform.registrations(phone.account), "the registration has ended")
