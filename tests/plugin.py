"""The part of the test set-up that must come before Django reads its settings (`-p tests.plugin`).

It gives the run a folder and keys of its own, so that tests never see a running instance's data.
"""

import pytest

from tests import services

_owned_run = services.begin_run()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """The process that began the run stops what was started for it."""
    if _owned_run is not None:
        services.end_run(_owned_run)
