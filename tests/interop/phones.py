"""Phones of both makes, started and registered, and ended without a registration left behind."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.interop.pjsip import pjsip_phone
from tests.scenarios.baresip import baresip_phone
from tests.scenarios.phone import How, Phone
from tests.scenarios.running import Platform
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account

DOMAIN: Final = "phones.localhost"
TRANSPORTS: Final = ("udp", "tcp", "tls")
_HERTZ: Final = {"alice": 440, "bob": 1000, "carol": 1500}
_OTHER_HERTZ: Final = 700
_MAKES: Final = {"baresip": baresip_phone, "pjsip": pjsip_phone}


@dataclass(frozen=True, slots=True)
class Phones:
    """Three registered phones; bob's may be of another make and transport than the others."""

    alice: Phone
    bob: Phone
    carol: Phone


class PhoneMaker:
    """Starts phones, which are ended and unregistered when the stack is."""

    def __init__(self, platform: Platform, accounts: dict[str, Account], folder: Path, stack: ExitStack) -> None:
        self._platform = platform
        self._accounts = accounts
        self._folder = folder
        self._stack = stack

    def start(self, make: str, transport: str, name: str, **how: object) -> Phone:
        """A phone of the subscriber; it registers by itself. how: further fields of How."""
        account = self._accounts[name]
        self._stack.callback(self._unregister, account)
        begun = _MAKES[make](
            self._folder / make,
            account,
            self._platform.place(transport),
            hertz=_HERTZ.get(name, _OTHER_HERTZ),
            how=How(transport, self._platform.authority, **how),
        )
        return self._stack.enter_context(begun)

    def _unregister(self, account: Account) -> None:
        """No call goes to a phone that is gone."""
        with Endpoint(self._platform.edge) as endpoint:
            endpoint.unregister_all(account)
