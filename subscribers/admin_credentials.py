"""The panel's page that makes a SIP password: a new one beside the others, or a new one instead of an old one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from provider.panel.admin import PanelAdmin
from provider.panel.asking import Question, add_refusal, ask, object_or_404
from provider.panel.shown_once import Secret, show_once
from provider.panel.site import page_of
from subscribers.actions import add_credential, rotate_credential
from subscribers.models import MAX_CREDENTIALS, Subscriber

NEW = "new"


class PasswordForm(forms.Form):
    """Which credential gets the password."""

    credential = forms.ChoiceField(label=_("For"), widget=UnfoldAdminSelectWidget)
    label = forms.CharField(
        label=_("Label"),
        max_length=100,
        required=False,
        help_text=_("Which phone it is for, such as: desk, mobile. Only for a new credential."),
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, subscriber: Subscriber, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(credential.pk): credential for credential in subscriber.credentials.all()}
        choices = [(key, _replaces(credential)) for key, credential in self.known.items()]
        if len(choices) < MAX_CREDENTIALS:
            choices.insert(0, (NEW, _("a new credential, beside those that exist")))
        field = self.fields["credential"]
        field.choices = choices  # type: ignore[attr-defined]
        field.error_messages["invalid_choice"] = _("This credential is gone. Choose another one.")


def credential_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Asks (GET), then makes the password and shows it once (POST)."""
    subscriber = object_or_404(model_admin, request, object_id)
    form = PasswordForm(subscriber, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        chosen = form.known.get(form.cleaned_data["credential"])
        try:
            if chosen is None:
                _made, password = add_credential(subscriber, label=form.cleaned_data["label"])
            else:
                password = rotate_credential(chosen)
            return show_once(request, model_admin, _shown(subscriber, password))
        except ValidationError as refusal:
            add_refusal(form, refusal)
    return ask(request, model_admin, subscriber, _question(subscriber, form))


def _question(subscriber: Subscriber, form: PasswordForm) -> Question:
    text = _(
        "A password is generated and shown once. With a new credential the old ones go on working; when one is "
        "replaced, phones with the old password are refused at their next registration."
    )
    return Question(_("New SIP password for %(aor)s") % {"aor": subscriber.aor}, text, _("Make the password"), form)


def _shown(subscriber: Subscriber, password: str) -> Secret:
    return Secret(
        title=_("SIP password of %(aor)s") % {"aor": subscriber.aor},
        intro=_(
            "Copy it into the phone now. It is not kept and cannot be shown again; if it is lost, make another one."
        ),
        rows=[(_("User name"), subscriber.username), (_("Domain"), subscriber.domain.name), (_("Password"), password)],
        back=page_of(subscriber),
    )


def _replaces(credential: Any) -> Any:
    name = credential.label or _("without a label")
    return _("instead of: %(slot)s (%(name)s)") % {"slot": credential.slot, "name": name}
