"""Whatever Accept says, the API answers JSON."""

import pytest
from django.test import Client

from tests.factories.two_resellers import TwoResellers


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/png;q=1", "nonsense"])
def test_a_browser_gets_json_too(two_resellers: TwoResellers, accept: str) -> None:
    headers = {"Authorization": f"Bearer {two_resellers.a.reseller_token_text}", "Accept": accept}
    response = Client().get("/api/v1/calls/", headers=headers)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
