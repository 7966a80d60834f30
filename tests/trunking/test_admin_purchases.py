"""Where a block was bought, on its page."""

from django.urls import reverse

from tests.factories.numbering import NumberBlockFactory
from tests.factories.trunking import CarrierFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client
from trunking.models import BlockPurchase


def test_a_blocks_page_takes_its_purchase(two_resellers: TwoResellers) -> None:
    client, block, carrier = admin_client(two_resellers.admin), NumberBlockFactory(), CarrierFactory()
    page = reverse("admin:numbering_numberblock_change", args=[block.pk])
    form = {
        "extension_digits": "0",
        "note": "",
        "purchase-TOTAL_FORMS": "1",
        "purchase-INITIAL_FORMS": "0",
        "purchase-0-carrier": carrier.pk,
        "purchase-0-contract": "A-1",
        "purchase-0-bought_on": "2026-01-31",
    }
    assert client.post(page, form).status_code == 302
    assert BlockPurchase.objects.get(block=block).contract == "A-1"
    assert "A-1" in client.get(page).content.decode()
