"""Limits that make no sense cannot be set."""

import pytest

from sipedge.registrar.limits import RegistrarLimits


def test_limits_that_the_rfc_forbids_cannot_be_set() -> None:
    with pytest.raises(ValueError, match="refusing an hour"):
        RegistrarLimits(min_expires=3601, default_expires=4000)
    with pytest.raises(ValueError, match="must hold"):
        RegistrarLimits(default_expires=7201)


def test_keep_alives_come_before_a_silent_stream_is_closed() -> None:
    assert RegistrarLimits.for_streams(3900.0).flow_timer == 120
    assert RegistrarLimits.for_streams(60.0).flow_timer == 48
