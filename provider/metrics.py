"""Metrics of the web for Prometheus: requests by method and status, and how long they took."""

import ipaddress
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

from provider.proxies import FORWARDED_BY_STRANGER, is_inside

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter("freiton_web_requests_total", "Requests answered by the web", ["method", "status"])
SECONDS = Histogram("freiton_web_request_seconds", "Time from request to answer in the web")


class CountRequests:
    """Middleware that counts every request and its time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers the request and counts it; a made-up method is counted as `other`, so labels stay few."""
        started = time.perf_counter()
        response = self.get_response(request)
        SECONDS.observe(time.perf_counter() - started)
        method = request.method if request.method in KNOWN_METHODS else "other"
        REQUESTS.labels(method, str(response.status_code)).inc()
        return response


def metrics(request: HttpRequest) -> HttpResponse:
    """GET /metrics, for loopback and trusted networks only; for others the page is not there.

    A proxy on loopback that the operator did not list passes strangers on under its own address: a request with
    such a proxy's marks is refused too.
    """
    is_stranger = request.META.get(FORWARDED_BY_STRANGER, False)
    if is_stranger or not is_inside(request.META.get("REMOTE_ADDR", ""), (*LOOPBACK, *settings.TRUSTED_PROXIES)):
        return HttpResponseNotFound()
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
