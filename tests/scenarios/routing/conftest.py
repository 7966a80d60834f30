"""One running edge for all scenarios of a module, and one database, which is emptied behind them."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests import services
from tests.ports import reserved_ports

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

    from tests.scenarios.routing.town import Town


@pytest.fixture(scope="module")
def transactional_db(django_db_setup: None, django_db_blocker: "DjangoDbBlocker") -> Iterator[None]:
    """In the place of pytest-django's, which empties the database after each test."""
    from django.core.management import call_command

    with django_db_blocker.unblock():
        yield
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="module")
def new_town(
    transactional_db: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Callable[["Town"], object]], "Town"]]:
    """Makes the town of a module: the function that it is given adds gateways, before the edge starts."""
    from tests.scenarios.routing.town import Town

    with reserved_ports() as ports:
        town = Town(services.dsn(), ports, tmp_path_factory.mktemp("town"))

        def make(prepare: Callable[[Town], object]) -> Town:
            prepare(town)
            town.open()
            return town

        try:
            yield make
        finally:
            town.close()
