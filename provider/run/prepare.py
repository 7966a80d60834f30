"""`python -m provider.run.prepare`: what `make run` does before it starts the parts, for other supervisors.

Makes the keys that nobody gave, writes `$DATA_DIR/run/env`, then becomes `manage.py prepare` (migrations, and demo
data where DEMO is on). The parts can be started one by one afterwards; docker-compose.yml does it so.
"""

import os
import sys

from provider.run.environment import ROOT, read_environment
from provider.run.errors import StartError
from provider.run.keys import env_file, with_keys, write_private


def main() -> None:
    """Ends the process with a sentence when a variable is wrong or a URL is missing."""
    try:
        environment = with_keys(read_environment(running=False))
        if environment.database_url is None or environment.redis_url is None:
            raise StartError("Parts that are started one by one need DATABASE_URL and REDIS_URL; `make run` does not.")
        environment.run_dir.mkdir(parents=True, exist_ok=True)
        write_private(environment.run_dir / "env", env_file(environment))
    except StartError as error:
        sys.exit(str(error))
    variables = os.environ | environment.as_variables()
    os.execve(sys.executable, [sys.executable, str(ROOT / "manage.py"), "prepare"], variables)  # noqa: S606


if __name__ == "__main__":
    main()
