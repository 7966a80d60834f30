"""The web as WSGI: granian serves `provider.wsgi:application`."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from provider.run.keys import require_keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")

application = get_wsgi_application()
require_keys(settings.ENVIRONMENT)

# Some 165,000 objects of Django's and ours stay as long as the process. With Python's own thresholds a look through all
# of them for garbage stopped 2 of 60 pages for 175 ms (CPU time, busy machine). With these none fell into 360 pages;
# frozen objects are left out of it when it comes. Most of what a page makes goes by itself when it is sent.
get_resolver().url_patterns  # noqa: B018  # imports all pages
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
