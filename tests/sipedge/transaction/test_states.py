"""What all transactions have."""

from sipedge.transaction.states import State, Transaction
from tests.sipedge.transaction.messages import UDP


def test_a_transaction_shows_what_it_is() -> None:
    transaction = Transaction("z9hG4bK-1 BYE", UDP, State.TRYING)
    assert repr(transaction) == "<Transaction z9hG4bK-1 BYE TRYING>"
    assert (transaction.user, transaction.deadline) == (None, 0.0)
