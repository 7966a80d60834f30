#!/usr/bin/env python
"""Runs one of Django's or our own management commands: `python manage.py COMMAND`."""

import os
import sys


def main() -> None:
    """Hands the command line to Django; what the operator can mend is said in a sentence, without a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError

    from provider.run.errors import StartError

    try:
        execute_from_command_line(sys.argv)
    except StartError as error:
        sys.exit(str(error))
    except OperationalError as error:
        from django.conf import settings

        if settings.ENVIRONMENT.database_url is None:
            sys.exit("No database is known: start `make run` first, or set DATABASE_URL (or DATA_DIR).")
        sys.exit(f"The database does not answer: {' '.join(str(error).split())}")


if __name__ == "__main__":
    main()
