"""Path (RFC 3327): which is kept, which is refused, and what the phone is told."""

import pytest

from sipedge.sip.flow import Flow
from sipedge.sip.validate import Rejection
from tests.sipedge.registrar.requests import DESK, PHONE, a_register, decide, decided, registered, rejected

PATH = "<sip:p1.example.com;lr>,<sip:p2.example.com;lr>"


def test_path_is_kept_and_leads_instead_of_the_flow() -> None:
    (binding,) = registered(f"<{DESK}>", Path=PATH, Supported="path")

    assert binding.path == "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>"
    assert binding.flow is None


def test_a_stream_to_a_proxy_is_no_flow_to_the_phone() -> None:
    source = Flow("tcp", "192.0.2.99", 40000, 0, 9)

    assert decided(a_register(f"<{DESK}>", Path=PATH, Supported="path"), source=source).bindings[0].flow is None


@pytest.mark.parametrize("tags", [{"Supported": "gruu, PATH"}, {"Require": "path"}])
def test_the_phone_is_told_the_path_that_its_registration_took(tags: dict[str, str]) -> None:
    decision = decided(a_register(f"<{DESK}>", Path=PATH, **tags))

    assert decision.headers == (("Path", "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>"),)


def test_a_fetch_is_told_the_path_too() -> None:
    assert decided(a_register(Path="<sip:p1.example.com;lr>", Supported="path")).headers == (
        ("Path", "<sip:p1.example.com;lr>"),
    )


def test_without_path_nothing_is_told() -> None:
    assert decided(a_register(f"<{PHONE}>", Supported="path")).headers == ()


@pytest.mark.parametrize("contacts", [(f"<{PHONE}>",), ("*",), ()])
def test_a_path_that_the_phone_knows_nothing_of_is_420(contacts: tuple[str, ...]) -> None:
    request = a_register(*contacts, Path=PATH, Supported="gruu", Expires="0")

    assert decide(request) == Rejection(420, "Bad Extension", (("Unsupported", "path"),))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("<sip:p1", 400),
        ("nonsense", 400),
        (f"<sip:{'p' * 1100}.example.com>", 400),
        (", ".join(["<sip:proxy.example.com;lr>"] * 40), 400),
        ("<tel:+4311001>", 400),
        ("<sip:alice@127.0.0.1;lr>", 403),
        ("<sip:p1.example.com;lr>, <sip:198.51.100.1;lr>", 403),
        ("<sip:255.255.255.255;lr>", 403),
    ],
)
def test_a_path_that_cannot_be_followed_is_refused(path: str, status: int) -> None:
    assert rejected(a_register(f"<{PHONE}>", Path=path, Supported="path")) == status


def test_a_refresh_without_the_path_drops_it() -> None:
    current = registered(f"<{DESK}>", Path=PATH, Supported="path")

    (binding,) = decided(a_register(f"<{DESK}>", cseq=2), current).bindings

    assert (binding.path, binding.flow) == ("", "udp:192.0.2.7:5060")
