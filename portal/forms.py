"""The form with which a customer sets what is done with a subscriber's calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.reading import Reader
from subscribers.call_settings import DEFAULT_SECONDS, MAX_SECONDS, MAX_TARGETS, MIN_SECONDS
from subscribers.choices import ForwardingCondition
from subscribers.settings_actions import SWITCHES, WantedForwarding, Wishes

LONGEST_TEXT = 20_000
"""Characters of a list: 200 entries of a hundred."""


@dataclass(frozen=True, slots=True)
class Case:
    """How a condition of forwarding is put to a customer. seconds: what the number of seconds is about, '' for none."""

    condition: ForwardingCondition
    title: Promise
    text: Promise
    seconds: Promise | str


_EACH = _("Each number rings for so many seconds, where there are several")

CASES = (
    Case(ForwardingCondition.ALWAYS, _("All calls"), _("The phone itself does not ring."), _EACH),
    Case(
        ForwardingCondition.NO_ANSWER,
        _("When nobody answers"),
        _("The phone rings first; after some seconds the call goes on."),
        _("Seconds until it goes on"),
    ),
    Case(ForwardingCondition.BUSY, _("When the line is busy"), _("Somebody is on the phone already."), _EACH),
    Case(
        ForwardingCondition.NOT_REGISTERED,
        _("When no phone can be reached"),
        _("Switched off, or without a connection."),
        _EACH,
    ),
    Case(
        ForwardingCondition.PARALLEL,
        _("Ring other numbers too"),
        _("They ring at the same time as the phone; who answers first has the call."),
        "",
    ),
)


class Lines(forms.CharField):
    """A list, one entry a line. Each is read by `read`, which is set for the subscriber that the form is about."""

    widget = forms.Textarea
    read: Callable[[str], str] = staticmethod(str.strip)

    def __init__(self, most: int, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=LONGEST_TEXT, **kwargs)
        self.most = most

    def clean(self, value: Any) -> Any:
        """The entries as they are stored, each once. Raises ValidationError with what is wrong in each line."""
        text = super().clean(value)
        entries: list[str] = []
        errors: list[ValidationError] = []
        for line in filter(str.strip, text.splitlines()):
            try:
                entries.append(self.read(line))
            except ValidationError as refused:
                errors.append(refused)
        if len(entries) > self.most:
            errors.append(ValidationError(_("At most %(most)d lines."), params={"most": self.most}))
        if errors:
            raise ValidationError(errors[:5])
        return tuple(dict.fromkeys(entries))


class CallSettingsForm(forms.Form):
    """All of it at once. Forwarding has three fields for each case: `always_on`, `always_to`, `always_seconds`.
    `seen`: the mark of the wishes that the page showed."""

    do_not_disturb = forms.BooleanField(required=False)
    hides_number = forms.BooleanField(required=False)
    rejects_anonymous = forms.BooleanField(required=False)
    only_allowed_callers = forms.BooleanField(required=False)
    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    blocked = Lines(200)
    allowed = Lines(200)

    def __init__(self, reader: Reader, wishes: Wishes, data: Any = None) -> None:
        super().__init__(data, initial=_initial(wishes), auto_id="%s")
        self.reader = reader
        for name in ("blocked", "allowed"):
            self._listen(name, reader.caller, rows=4)
        for case in CASES:
            self._add_case(case.condition)

    def _add_case(self, condition: str) -> None:
        self.fields[f"{condition}_on"] = forms.BooleanField(required=False)
        self.fields[f"{condition}_to"] = Lines(MAX_TARGETS)
        self._listen(f"{condition}_to", self.reader.target, rows=2)
        self.fields[f"{condition}_seconds"] = forms.IntegerField(
            min_value=MIN_SECONDS, max_value=MAX_SECONDS, required=False
        )

    def _listen(self, name: str, read: Callable[[str], str], rows: int) -> None:
        """Each line is read by `read`; the area grows with what stands in it."""
        field: Any = self.fields[name]
        field.read = read
        lines = str(self[name].value() or "").count("\n") + 1
        field.widget.attrs |= {"rows": max(rows, min(lines + 1, 12)), "autocapitalize": "none", "spellcheck": "false"}

    def clean(self) -> dict[str, Any]:
        """What is on leads somewhere, and that may be called."""
        data = super().clean() or {}
        for case in CASES:
            name = f"{case.condition}_to"
            if data.get(f"{case.condition}_on") and name in data:
                self._check_targets(name, data[name])
        for caller in sorted(set(data.get("blocked", ())) & set(data.get("allowed", ()))):
            message = _("%(caller)s stands on both lists.")
            self.add_error("allowed", ValidationError(message, params={"caller": caller}))
        return data

    def _check_targets(self, name: str, targets: tuple[str, ...]) -> None:
        if not targets:
            self.add_error(name, _("Write where the calls go, or switch it off."))
        for why in self.reader.barred(targets):
            self.add_error(name, why)

    @property
    def wishes(self) -> Wishes:
        """What was asked for, of a form that is valid."""
        data = self.cleaned_data
        forwardings = (
            (case.condition.value, _wanted(data, case.condition)) for case in CASES if data[f"{case.condition}_to"]
        )
        return Wishes(
            **{name: data[name] for name in (*SWITCHES, "blocked", "allowed")}, forwardings=tuple(forwardings)
        )

    def refuse(self, refused: ValidationError) -> None:
        """Put what the action refused beside the field that it is about."""
        for name, messages in refused.message_dict.items():
            self.add_error(f"{name}_to" if name in ForwardingCondition.values else name, messages)

    def cases(self) -> Iterator[dict[str, Any]]:
        """The cases with their fields, and for what is on already but not carried out: why."""
        for case in CASES:
            targets = self[f"{case.condition}_to"]
            is_on = bool(self[f"{case.condition}_on"].value())
            stored = targets.initial.splitlines() if is_on and not self.is_bound else []
            yield {
                "case": case,
                "on": self[f"{case.condition}_on"],
                "targets": targets,
                "seconds": self[f"{case.condition}_seconds"] if case.seconds else None,
                "barred": self.reader.barred(stored),
            }


def _wanted(data: dict[str, Any], condition: str) -> WantedForwarding:
    seconds = data[f"{condition}_seconds"]
    return WantedForwarding(data[f"{condition}_to"], seconds or DEFAULT_SECONDS, data[f"{condition}_on"])


def _initial(wishes: Wishes) -> dict[str, Any]:
    initial: dict[str, Any] = {"seen": wishes.mark} | {name: getattr(wishes, name) for name in SWITCHES}
    initial |= {name: "\n".join(getattr(wishes, name)) for name in ("blocked", "allowed")}
    forwardings = dict(wishes.forwardings)
    for case in CASES:
        wanted = forwardings.get(case.condition, WantedForwarding((), is_active=False))
        initial |= {
            f"{case.condition}_on": wanted.is_active,
            f"{case.condition}_to": "\n".join(target.removeprefix("sip:") for target in wanted.targets),
            f"{case.condition}_seconds": wanted.seconds,
        }
    return initial
