"""Real phones register, and refresh their registration before it ends: the same binding, with a later end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.interop.phones import TRANSPORTS, PhoneMaker
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


def _registrations(platform: Platform, account: Account) -> list[dict[str, Any]]:
    aor = f"{account.username}@{account.domain}"
    return [row for row in platform.api("registrations/") if row["aor"] == aor]


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("make", ["baresip", "pjsip"])
def test_a_phone_registers_and_refreshes(
    platform: Platform, phone_maker: PhoneMaker, make: str, transport: str
) -> None:
    phone = phone_maker.start(make, transport, "alice", **_soon(make))
    phone.registers()
    [first] = _registrations(platform, phone.account)

    def refreshed() -> dict[str, Any] | None:
        [row] = _registrations(platform, phone.account)
        return row if row["updated_at"] > first["updated_at"] else None

    later = eventually(refreshed, "the registration is refreshed", 6 * DEADLINE)
    assert later is not None
    assert (later["id"], later["contact"], later["created_at"]) == (first["id"], first["contact"], first["created_at"])
    assert later["expires_at"] > first["expires_at"]
    assert (later["transport"], make in later["user_agent"].lower()) == (transport, True)


def test_a_phone_that_is_challenged_with_sha_256(platform: Platform, phone_maker: PhoneMaker) -> None:
    phone = phone_maker.start("pjsip", "udp", "newer")
    phone.registers()
    [row] = _registrations(platform, phone.account)
    assert "PJSIP" in row["user_agent"]
