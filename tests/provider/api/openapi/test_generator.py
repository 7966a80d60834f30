"""The generator speaks English and knows the view of each operation."""

from django.utils import translation

from provider.api.openapi.generator import Generator, document
from subscribers.api.views import SubscriberViewSet


def test_it_is_english_whoever_asks() -> None:
    with translation.override("de"):
        german = str(document())
    with translation.override("en"):
        assert german == str(document())


def test_it_remembers_the_views() -> None:
    generator = Generator()
    generator.get_schema(public=True)
    assert isinstance(generator.views["/api/v1/subscribers/{id}/", "PATCH"], SubscriberViewSet)
