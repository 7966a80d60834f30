"""A secret stands in one answer and nowhere else."""

from django.contrib import admin
from django.test import RequestFactory

from accounts.models import ApiToken
from provider.panel.shown_once import Secret, show_once
from tests.factories.accounts import UserFactory


def test_the_page_is_not_kept_and_escapes_what_it_shows(db: None) -> None:
    request = RequestFactory().get("/")
    request.user = UserFactory(admin=True)
    secret = Secret("A title", "An introduction", [("Password", "<b>p&w</b>")])
    response = show_once(request, admin.site.get_model_admin(ApiToken), secret).render()
    assert response.headers["Cache-Control"] == "no-store"
    assert "&lt;b&gt;p&amp;w&lt;/b&gt;" in response.content.decode()
    assert 'href="/admin/accounts/apitoken/"' in response.content.decode()
