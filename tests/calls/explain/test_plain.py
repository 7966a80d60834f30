"""An explanation as plain values."""

import json

from calls.explain.explanation import Explanation, Field, Follow, GatewayState, Share, Stage, Target
from calls.explain.plain import as_plain
from sipedge.routing.decision import Step


def test_everything_is_json() -> None:
    target = Target("gateway", "PSTN", "sip:1@192.0.2.10", "<sip:1@a>", (Field("Privacy", "id", "kept"),), ("Subject",))
    after = Stage(verdict="refused", status_code=486, reason="Busy Here")
    stage = Stage(
        (Step("number", "it belongs to subscriber {}", ("bob",)),), "gateways", groups=((target,),),
        shares=((Share("PSTN", 70, 70.0),),), follows=(Follow(("busy",), after),),
    )  # fmt: skip
    states = (GatewayState("PSTN", "edge1", True, 0.0, 200, ""), GatewayState("PSTN", "edge2", True, None, 200, ""))
    found = as_plain(Explanation("alice@a", "+431", "sip:2@a", "+432", "INVITE", 0.0, stage, states))
    assert json.loads(json.dumps(found)) == found
    assert found["at"] == "1970-01-01T00:00:00Z"
    assert found["steps"] == [{"rule": "number", "text": "it belongs to subscriber bob"}]
    assert found["targets"][0][0]["fields"] == [{"name": "Privacy", "value": "id", "place": "kept"}]
    assert found["follows"][0]["conditions"] == ["busy"]
    assert (found["follows"][0]["verdict"], found["follows"][0]["status_code"]) == ("refused", 486)
    assert [one["since"] for one in found["gateways"]] == ["1970-01-01T00:00:00Z", None]
