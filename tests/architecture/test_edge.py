"""The edge has no Django inside, neither written down nor at run time."""

import subprocess
import sys

from provider.run.environment import ROOT
from tests.architecture.sources import DJANGO_ROOMS, imports, modules, short

FORBIDDEN = (*(room for room in DJANGO_ROOMS if room != "numbering"), "django", "rest_framework", "celery")
PURE_NUMBERING = {"numbering.destinations", "numbering.e164", "numbering.formats"}


def test_no_module_of_the_edge_imports_django() -> None:
    guilty = {
        (short(path), name) for path in modules("sipedge") for name in imports(path) if name.split(".")[0] in FORBIDDEN
    }
    assert guilty == set()


def test_of_numbering_the_edge_takes_the_pure_modules_only() -> None:
    taken = {name for path in modules("sipedge") for name in imports(path) if name.split(".")[0] == "numbering"}
    assert {".".join(name.split(".")[:2]) for name in taken} - {"numbering"} <= PURE_NUMBERING


def test_the_running_edge_has_not_loaded_django() -> None:
    script = "import sys, sipedge.edge; print([name for name in sys.modules if name.split('.')[0] == 'django'])"
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
