"""What a browser posts for a gateway."""

from tests.factories.trunking import CarrierFactory


def gateway_form(**changes: object) -> dict[str, object]:
    """A gateway with one source and one route, but for these changes."""
    form: dict[str, object] = {
        "name": "PSTN",
        "carrier": CarrierFactory().pk,
        "is_active": "on",
        "host": "192.0.2.10",
        "port": "5060",
        "transport": "udp",
        "number_format": "",
        "called_number_in": "request_uri",
        "caller_in": "asserted",
        "identity_as": "asserted",
        "from_as": "caller",
        "diverted_as": "diversion",
        "probe_interval": "0",
        "registration_expires": "3600",
        "states-TOTAL_FORMS": "0",
        "states-INITIAL_FORMS": "0",
        "sources-TOTAL_FORMS": "1",
        "sources-INITIAL_FORMS": "0",
        "sources-0-network": "192.0.2.0/28",
        "routes-TOTAL_FORMS": "1",
        "routes-INITIAL_FORMS": "0",
        "routes-0-prefix": "43",
        "routes-0-priority": "10",
        "routes-0-weight": "100",
        "routes-0-is_active": "on",
    }
    return form | changes
