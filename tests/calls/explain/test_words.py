"""An explanation in words."""

import pytest
from django.utils import translation

from calls.explain import words
from calls.explain.explanation import Explanation, Field, Follow, GatewayState, Share, Stage, Target

PHONE = Target("phone", "bob@a.example.org", "sip:bob@192.0.2.1", "<sip:alice@a.example.org>", way="udp:192.0.2.1:5060")


@pytest.mark.parametrize(
    ("stage", "sentence"),
    [
        (Stage(verdict="refused", status_code=404, reason="Not Found"), "The call ends: 404 Not Found."),
        (Stage(verdict="nothing"), "Nothing else is tried: the caller hears how what was tried before has failed."),
        (Stage(verdict="elsewhere"), "The call goes on to somebody whose settings are not yours to see."),
        (Stage(verdict="more"), "The call goes on further than is explained."),
        (Stage(verdict="phones", whose="bob@a"), "The phones of bob@a ring."),
        (
            Stage(verdict="gateways", whose="bob@a", rings_for=20),
            "The call leaves by a gateway, as a call of bob@a, for 20 seconds.",
        ),
    ],
)  # fmt: skip
def test_verdicts(stage: Stage, sentence: str) -> None:
    assert words.verdict(stage) == sentence
    with translation.override("de"):
        assert words.verdict(stage) != sentence


def test_the_whole_text() -> None:
    gateway = Target(
        "gateway", "PSTN", "sip:1@192.0.2.10", "<sip:1@a>", (Field("Diversion", "<sip:2@a>", "above"),), ("Privacy",),
        ("<sip:192.0.2.11;lr>",), "sip:192.0.2.11;lr", "down", 10.0,
    )  # fmt: skip
    after = Stage(verdict="gateways", whose="bob@a", groups=((gateway,),), shares=((Share("PSTN", 70, 70.0),),))
    stage = Stage(
        verdict="phones", whose="bob@a", groups=((PHONE, PHONE),), follows=(Follow(("busy", "other"), after),)
    )
    state = GatewayState("PSTN", "edge1", False, 0.0, None, "no answer")
    text = words.text(Explanation("alice@a", "+431", "sip:2@a", "+432", "INVITE", 0.0, stage, (state,)))
    assert text.splitlines() == [
        "alice@a (+431) → sip:2@a (+432), 1970-01-01 00:00:00 UTC",
        "",
        "→ The phones of bob@a ring.",
        "  1. together:",
        *[
            "      bob@a.example.org",
            "       sip:bob@192.0.2.1",
            "       From: <sip:alice@a.example.org>",
            "       to udp:192.0.2.1:5060",
        ] * 2,
        "If that fails (busy, any other failure):",
        "    → The call leaves by a gateway, as a call of bob@a.",
        "      1. PSTN (does not answer, has to ring within 10 seconds)",
        "           sip:1@192.0.2.10",
        "           From: <sip:1@a>",
        "           Diversion: <sip:2@a>  (above any other)",
        "           Route: <sip:192.0.2.11;lr>",
        "           without Privacy",
        "           to sip:192.0.2.11;lr",
        "      PSTN is the first for 70.0 % of the calls (weight 70)",
        "",
        "Gateways as the edges see them:",
        "  PSTN, edge1: does not answer (1970-01-01 00:00:00 UTC) - no answer",
    ]  # fmt: skip
