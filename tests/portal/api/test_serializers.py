"""What is wrong with call settings is said by member, with its whole path."""

from typing import Any

import pytest

from accounts.actions import create_token
from accounts.choices import Scope
from subscribers.grants_actions import Grants, change_grants
from subscribers.settings_actions import WantedForwarding, Wishes, change_wishes, wishes_of
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import refused_fields, send

pytestmark = pytest.mark.usefixtures("redis_url")


def _refused(two_resellers: TwoResellers, document: Any, method: str = "PATCH") -> dict[str, str]:
    side = two_resellers.a
    path = f"call-settings/{side.alice.uid}/"
    fields = refused_fields(send(method, side.reseller_token_text, path, document, headers={"If-Match": "*"}))
    assert wishes_of(side.alice) == Wishes()
    return fields


def _busy(*targets: Any, **more: Any) -> dict[str, Any]:
    return {"forwardings": {"busy": {"targets": list(targets), **more}}}


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize(
    ("document", "fields"),
    [
        (_busy("+4311002", "bob", "004311003"), {"forwardings.busy.targets.2": "invalid"}),
        (_busy("+43 1 1002"), {"forwardings.busy.targets.0": "invalid"}),
        (_busy("x@elsewhere.example", None), {"forwardings.busy.targets.1": "null"}),
        (_busy("x@elsewhere.example", "y\rz"), dict.fromkeys(
            ["forwardings.busy.targets.0", "forwardings.busy.targets.1"], "invalid"
        )),
        (_busy("sips:alice@a.example.org"), {"forwardings.busy.targets.0": "invalid"}),
        (_busy("+4311001"), {"forwardings.busy.targets.0": "invalid"}),
        (_busy("bob", "bob"), {"forwardings.busy.targets": "invalid"}),
        (_busy(), {"forwardings.busy.targets": "min_length"}),
        (_busy(*["+431"] * 11), {"forwardings.busy.targets": "max_length"}),
        (_busy("bob", seconds=4), {"forwardings.busy.seconds": "min_value"}),
        (_busy("bob", is_active="perhaps"), {"forwardings.busy.is_active": "type"}),
        (_busy("+493012345678", "bob", "+43900123456"), {
            "forwardings.busy.targets.0": "barred", "forwardings.busy.targets.2": "barred",
        }),
        ({"forwardings": {"busy": {"seconds": 10}}}, {"forwardings.busy.targets": "required"}),
        ({"forwardings": {"busy": {"to": ["bob"]}}}, {"forwardings.busy.to": "unknown"}),
        ({"forwardings": {"sometimes": None}}, {"forwardings.sometimes": "unknown"}),
        ({"forwardings": []}, {"forwardings": "invalid"}),
        ({"caller_rules": [{"pattern": "+431"}, {"pattern": "0900*"}]}, {"caller_rules.1.pattern": "invalid"}),
        ({"caller_rules": [{"pattern": "+431"}, {}, 7]}, {
            "caller_rules.1.pattern": "required", "caller_rules.2": "invalid",
        }),
        ({"caller_rules": [{"pattern": "a@b.example"}, {"pattern": "A@b.example", "action": "allow"}]}, {
            "caller_rules.1.pattern": "unique",
        }),
        ({"caller_rules": [{"pattern": "+431", "action": "ring"}]}, {"caller_rules.0.action": "invalid_choice"}),
        ({"caller_rules": [{"pattern": f"+43{n}"} for n in range(1, 202)]}, {"caller_rules": "max_length"}),
        ({"shown_numbers": [{"e164": "+431", "note": "x" * 101}, {"e164": "431"}]}, {
            "shown_numbers.0.note": "max_length", "shown_numbers.1.e164": "invalid",
        }),
        ({"shown_numbers": [{"e164": "+431"}, {"e164": "+431"}]}, {"shown_numbers.1.e164": "unique"}),
        ({"max_calls": 0, "location": "nowhere", "called_number_in": "mind"}, {
            "max_calls": "min_value", "location": "invalid", "called_number_in": "invalid_choice",
        }),
        ({"do_not_disturb": None, "aor": "x@y", "colour": 1}, {
            "do_not_disturb": "null", "aor": "read_only", "colour": "unknown",
        }),
        ([], {"": "invalid"}),
    ],
)  # fmt: skip
def test_the_path_is_named(two_resellers: TwoResellers, method: str, document: Any, fields: dict[str, str]) -> None:
    found = _refused(two_resellers, document, method)
    if "do_not_disturb" in fields:  # members that are not known are refused before the others are looked at
        fields = {name: code for name, code in fields.items() if name != "do_not_disturb"}
    assert found == fields


def test_what_is_granted_in_the_same_document_is_not_barred(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    document = _busy("+493012345678") | {"international": True}
    answer = send("PATCH", side.reseller_token_text, f"call-settings/{side.alice.uid}/", document)
    assert answer.status_code == 200, answer.content


def test_what_was_barred_afterwards_stands_until_it_is_touched(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"call-settings/{side.alice.uid}/"
    abroad = WantedForwarding(("+493012345678",), is_active=False)
    change_wishes(side.alice, Wishes(forwardings=(("always", abroad),)))
    token = create_token(side.customer_user, "writes", [Scope.READ, Scope.WRITE])[1]
    assert send("PATCH", token, path, {"hides_number": True}).status_code == 200
    on = {"forwardings": {"always": {"is_active": True}}}
    assert refused_fields(send("PATCH", token, path, on)) == {"forwardings.always.targets.0": "barred"}
    change_grants(side.alice, Grants(international=True))
    assert send("PATCH", token, path, on).status_code == 200
    assert send("PATCH", side.reseller_token_text, path, {"international": False}).status_code == 200


def test_a_colleague_is_one_that_the_caller_may_see(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    token = create_token(side.customer_user, "writes", [Scope.READ, Scope.WRITE])[1]
    path = f"call-settings/{side.alice.uid}/"
    for name in ("carol", "nobody"):
        refused = send("PATCH", token, path, _busy(name))
        assert refused_fields(refused) == {"forwardings.busy.targets.0": "invalid"}
