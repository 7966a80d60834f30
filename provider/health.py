"""GET /healthz: is the web ready to work? 200 when database and Redis answer, else 503 with the reason."""

import logging

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

ANSWER_WITHIN_SECONDS = 2.0


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("the database does not answer: %s", str(error).strip())
        return False
    return True


def _redis_answers() -> bool:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=ANSWER_WITHIN_SECONDS,
        socket_timeout=ANSWER_WITHIN_SECONDS,
    )
    try:
        return bool(client.ping())
    except redis.RedisError as error:
        logger.warning("Redis does not answer: %s", error)
        return False
    finally:
        client.close()


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Says what is wrong in words without detail; the detail (which may name hosts) is in the log."""
    if not _database_answers():
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    if not _redis_answers():
        return HttpResponse("Redis does not answer\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
