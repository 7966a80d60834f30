"""What docs/desired-state.md shows is what happens."""

import json
import re

from provider.run.environment import ROOT
from tests.desired.documents import state, told
from tests.factories.numbering import NumberBlockFactory
from tests.factories.subscribers import DomainFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import send

BLOCK = re.compile(r"```(json|text)\n(.*?)```", re.DOTALL)


def test_each_document_changes_what_the_page_says(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    DomainFactory(reseller=side.reseller, name="voice.example.org")
    NumberBlockFactory(reseller=side.reseller, first="+43155500", last="+43155599")
    found = BLOCK.findall((ROOT / "docs" / "desired-state.md").read_text())
    assert [kind for kind, _text in found] == ["json", "text"] * 4
    for (_json, document), (_text, lines) in zip(found[::2], found[1::2], strict=True):
        wanted = json.loads(document)
        planned = send("POST", side.reseller_token_text, "plan/", wanted)
        assert [" ".join(change) for change in told(planned)] == lines.splitlines()
        headers = {"If-Match": planned.headers["ETag"]}
        assert told(send("POST", side.reseller_token_text, "apply/", wanted, headers=headers)) == told(planned)
        assert told(send("POST", side.reseller_token_text, "apply/", wanted, headers=headers)) == {}
    assert told(send("POST", side.reseller_token_text, "plan/", state(side))) == {}
