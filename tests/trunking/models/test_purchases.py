"""From whom blocks were bought."""

import pytest
from django.db import IntegrityError

from accounts.models import User
from numbering.actions_blocks import split_block
from tests.factories.numbering import NumberBlockFactory
from tests.factories.trunking import CarrierFactory
from tests.factories.two_resellers import TwoResellers
from trunking.models import BlockPurchase

pytestmark = pytest.mark.django_db


def test_a_block_is_bought_once_and_its_parts_know_it() -> None:
    block = NumberBlockFactory(first="+4314000", last="+4314099")
    purchase = BlockPurchase.objects.create(block=block, carrier=CarrierFactory(name="Carrier"), contract="A-1")
    assert str(purchase) == "+4314000 to +4314099: Carrier"
    split_block(block, "+4314000", "+4314009")
    assert [part.split_from.purchase for part in block.parts.all()] == [purchase]
    with pytest.raises(IntegrityError, match="block_id"):
        BlockPurchase.objects.create(block=block, carrier=CarrierFactory())


def test_administrators_alone_see_where_blocks_were_bought(two_resellers: TwoResellers) -> None:
    BlockPurchase.objects.create(block=NumberBlockFactory(), carrier=CarrierFactory())
    people: list[tuple[User, int]] = [(two_resellers.admin, 1), (two_resellers.a.reseller_user, 0)]
    for person, count in people:
        assert BlockPurchase.objects.visible_to(person).count() == count
