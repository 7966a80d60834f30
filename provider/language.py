"""In which language a request is answered: pages in the visitor's, the API in English, whatever a browser asks for.

A program compares texts in logs and tickets, and two people who look at one problem are to read the same words.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

API_PREFIX: Final = "/api/"


class Language(LocaleMiddleware):
    """Middleware: Accept-Language and the cookie choose for pages, and do not count below /api/."""

    def process_request(self, request: HttpRequest) -> None:
        """Activates the language for this request."""
        if not request.path.startswith(API_PREFIX):
            super().process_request(request)
            return
        translation.activate(settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = settings.LANGUAGE_CODE

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Says which language it is; answers of the API do not vary by it."""
        if not request.path.startswith(API_PREFIX):
            return super().process_response(request, response)
        response.headers.setdefault("Content-Language", settings.LANGUAGE_CODE)
        return response
