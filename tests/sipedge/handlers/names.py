"""A resolver that answers when the test wants it to."""

from sipedge.proxy.locate import literal_flow
from sipedge.store.waiting import Waiting, resolved
from sipedge.transport.resolver import Unresolvable


class Names:
    """Stands in for the edge's resolver. asked: by host."""

    def __init__(self, world):
        self.asked = {}
        self.uris = []
        world.engine.services.resolver = self

    def locate(self, uri):
        self.uris.append(uri)
        literal = literal_flow(uri)
        return resolved((literal,)) if literal else self.asked.setdefault(uri.host, Waiting())

    def know(self, host, *flows):
        """The host's destinations."""
        self.asked.setdefault(host, Waiting()).resolve(flows)

    def know_nothing(self, host):
        """There are none."""
        self.asked.setdefault(host, Waiting()).fail(Unresolvable(host))
