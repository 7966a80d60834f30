"""`python -m bench.soak.changes TASK`: what people do at the panel, by the very actions that it calls.

A subscriber comes with credential and number, gets another password, is suspended, resumed, and goes; now and then
the name of one whose phone is registered changes, so that the edge has to forget him. One line of JSON every few
seconds. (The API has no writes yet.) Started by the soak.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from itertools import count
from typing import Final

from bench.seed import DOMAIN, username
from bench.soak.mix import REFRESHERS, Task

PAUSE: Final = 0.1
REPORT_SECONDS: Final = 5.0


def main() -> int:
    """Works until the task's time is over; returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")
    import django

    django.setup()
    task = Task.from_text(sys.argv[1])
    done: Counter[str] = Counter()
    end = time.monotonic() + task.seconds
    report = time.monotonic() + REPORT_SECONDS
    for number in count(1):
        if time.monotonic() > end:
            break
        _life_of_one(number, done)
        if time.monotonic() > report:
            report += REPORT_SECONDS
            sys.stdout.write(json.dumps(done) + "\n")
            sys.stdout.flush()
    return 0


def _life_of_one(number: int, done: Counter[str]) -> None:
    """From his first day to his last."""
    from accounts.models import Customer
    from numbering.actions import assign_number
    from numbering.models import PhoneNumber
    from subscribers import actions
    from subscribers.models import Domain, Subscriber

    domain = Domain.objects.get(name=DOMAIN)
    customer = Customer.objects.get(reseller=domain.reseller)
    subscriber = actions.create_subscriber(domain, customer, f"soak-{os.getpid()}-{number}")
    credential, _password = actions.add_credential(subscriber)
    phone_number = PhoneNumber.objects.create(reseller=domain.reseller, e164=f"+4319{os.getpid() % 10_000:04}{number}")
    assign_number(phone_number, subscriber)
    _rest(done, "created")
    actions.rotate_credential(credential)
    _rest(done, "password changed")
    actions.suspend_subscriber(subscriber)
    _rest(done, "suspended")
    actions.resume_subscriber(subscriber)
    _rest(done, "resumed")
    name = username(REFRESHERS[number % len(REFRESHERS)])
    Subscriber.objects.filter(domain=domain, username=name).update(display_name=f"Name {number}")
    _rest(done, "renamed")
    phone_number.delete()
    subscriber.delete()
    _rest(done, "deleted")


def _rest(done: Counter[str], what: str) -> None:
    done[what] += 1
    time.sleep(PAUSE)


if __name__ == "__main__":
    sys.exit(main())
