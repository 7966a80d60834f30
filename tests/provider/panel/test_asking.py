"""The pages that ask before something is done."""

import pytest
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import Http404
from django.test import RequestFactory

from numbering.models import PhoneNumber
from provider.panel.asking import Question, add_refusal, ask, object_or_404
from provider.panel.site import page_of
from tests.factories.accounts import UserFactory
from tests.factories.numbering import PhoneNumberFactory


class _Form(forms.Form):
    name = forms.CharField()


def test_a_question_is_shown_with_a_way_back(db: None) -> None:
    request = RequestFactory().get("/")
    request.user = UserFactory(admin=True)
    number = PhoneNumberFactory()
    question = Question("Sure?", "A <sentence>.", "Do it", _Form(), is_dangerous=True)
    page = ask(request, admin.site.get_model_admin(PhoneNumber), number, question).render().content.decode()
    assert "A &lt;sentence&gt;." in page
    assert "Do it" in page
    assert f'href="{page_of(number)}"' in page


def test_an_object_that_is_gone_is_404(db: None) -> None:
    model_admin = admin.site.get_model_admin(PhoneNumber)
    for object_id in ("0", "x"):
        with pytest.raises(Http404):
            object_or_404(model_admin, RequestFactory().get("/"), object_id)


def test_a_refusal_stands_beside_its_field_or_above() -> None:
    form = _Form({"name": "x"})
    add_refusal(form, ValidationError({"name": "taken", "other": "elsewhere"}))
    add_refusal(form, ValidationError("never"))
    assert form.errors == {"name": ["taken"], "__all__": ["elsewhere", "never"]}
