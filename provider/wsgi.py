"""The web as WSGI: granian serves `provider.wsgi:application`."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from provider.run.keys import require_keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")

application = get_wsgi_application()
require_keys(settings.ENVIRONMENT)
