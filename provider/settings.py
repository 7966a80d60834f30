"""Django's settings. What an operator may change stands in `provider.run.environment`; this file derives.

`PUBLIC_URL` decides on hosts, CSRF origins, secure cookies and HSTS; `TRUSTED_PROXIES` on whose
X-Forwarded-* headers count.
"""

from urllib.parse import urlsplit

import environ
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from provider.api.config import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401 - settings of this name
from provider.panel.config import UNFOLD  # noqa: F401 - a setting of this name
from provider.run.environment import ROOT, read_environment

ENVIRONMENT = read_environment()
BASE_DIR = ROOT
DEBUG = False

# --- keys: without one a command may still run, but wsgi and worker refuse (provider.run.keys) --------------
SECRET_KEY = ENVIRONMENT.secret_key or get_random_secret_key()
CREDENTIAL_KEYS = list(ENVIRONMENT.credential_keys)

# --- what is in the project --------------------------------------------------------------------------------
OWN_APPS = ["accounts", "subscribers", "numbering", "trunking", "calls", "events", "imports", "portal", "desired"]
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "provider.apps.PanelConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "pgtrigger",
    "provider.apps.ProviderConfig",
    *OWN_APPS,
]
MIDDLEWARE = [
    "provider.proxies.TrustedProxies",
    "provider.metrics.CountRequests",
    "provider.security_headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "provider.language.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "provider.urls"
WSGI_APPLICATION = "provider.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]
FORM_RENDERER = "provider.panel.renderer.PanelRenderer"

# --- where data is kept ------------------------------------------------------------------------------------
# Without a URL and without a running instance nothing answers at port 1, which says so at the first query.
DATABASES = {
    "default": environ.Env.db_url_config(ENVIRONMENT.database_url or "postgresql://nobody@127.0.0.1:1/freiton")
    | {"ATOMIC_REQUESTS": False, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True},
}
if ENVIRONMENT.number_quarantine_days != 30:  # what the triggers say by themselves (numbering_quarantine)
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
        f"-c freiton.quarantine_days={ENVIRONMENT.number_quarantine_days}"
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = ENVIRONMENT.redis_url or "redis://127.0.0.1:1/0"
# A Redis that does not answer is as good as none (accounts/hits.py counts alone then); nobody waits for it for long.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "retry": Retry(NoBackoff(), 0)},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- who may come in ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# --- the public face ---------------------------------------------------------------------------------------
_public = urlsplit(ENVIRONMENT.public_url)
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
# The loopback names are for health checks and for a browser on the same machine.
ALLOWED_HOSTS = sorted(
    {_public.hostname or "", ENVIRONMENT.http_bind.reachable_host, "localhost", "127.0.0.1", "[::1]"}
)
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.public_url]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.is_https
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "freiton_session", "freiton_csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENVIRONMENT.is_https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "provider.errors.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
# Only where a trusted proxy tells us http from https can we redirect; else every request would look like http.
SECURE_SSL_REDIRECT = ENVIRONMENT.is_https and bool(TRUSTED_PROXIES)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains: they are the operator's, not ours to promise for
    "security.W021",  # the browsers' preload list: for the operator to ask for
    *([] if SECURE_SSL_REDIRECT else ["security.W008"]),  # the proxy in front redirects, see above
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# --- language, time, files ---------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [ROOT / "locale"]
USE_TZ, TIME_ZONE = True, "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
# Served straight from the apps by whitenoise (ETag, short max-age): nothing to collect before a start.
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = ENVIRONMENT.data_dir / "media"
vars().update(environ.Env.email_url_config(ENVIRONMENT.email_url))

# --- work in the background --------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = REDIS_URL
CELERY_TASK_DEFAULT_QUEUE = "freiton"
CELERY_TASK_TIME_LIMIT = 600
CELERY_RESULT_EXPIRES = 3600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CALL_RETENTION_MONTHS = ENVIRONMENT.call_retention_months
EVENT_RETENTION_DAYS = ENVIRONMENT.event_retention_days
TOKEN_RETENTION_DAYS = ENVIRONMENT.token_retention_days
WEBHOOK_NETWORKS = ENVIRONMENT.webhook_networks
WEBHOOKS_TO_LOOPBACK = ENVIRONMENT.demo  # so that a receiver can be tried out on the machine itself, by http too
CALL_MAX_HOURS = 24  # an answered call that nobody ended until then is swept

# --- logs: one line an event, to standard error; the supervisor adds the time ------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # What comes back every few seconds is told when it fails: else it would be two lines a second.
        **{name: {"level": "WARNING"} for name in ("celery.beat", "celery.worker.strategy", "celery.app.trace")},
    },
}
