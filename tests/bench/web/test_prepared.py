"""Data of another size or version, or of a fill that did not end, is made anew; what fits is used again."""

import json
from pathlib import Path

import pytest

from bench.web import prepared as module
from bench.web.prepared import STAMP, prepared
from bench.web.shape import VERSION


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done with the instance, which is none here."""
    done: list[str] = []
    for name in ("start", "harden", "stop", "end_left_over"):
        monkeypatch.setattr(module.Instance, name, lambda _self, name=name, **_more: done.append(name))
    for name in ("_set_up", "_write", "_hang_up"):
        monkeypatch.setattr(module, name, lambda *_arguments: None)
    return done


def _leave(folder: Path, **stamp: float) -> Path:
    """The folder as a run leaves it; a file tells whether it was emptied."""
    (folder / STAMP).write_text(json.dumps({"version": VERSION, "scale": 0.5, "calls_until": 1.0} | stamp))
    (folder / "data").touch()
    return folder / "data"


def test_what_fits_is_kept(tmp_path: Path, started: list[str]) -> None:
    data = _leave(tmp_path)
    with prepared(tmp_path, 0.5, lambda _what, _done, _total: None) as shape:
        assert (shape.scale, data.exists()) == (0.5, True)
    assert started == ["start", "harden", "stop"]


@pytest.mark.parametrize("stamp", [{"version": VERSION + 1}, {"scale": 1.0}])
def test_what_does_not_fit_is_made_anew(tmp_path: Path, started: list[str], stamp: dict[str, float]) -> None:
    data = _leave(tmp_path, **stamp)
    with prepared(tmp_path, 0.5, lambda _what, _done, _total: None):
        assert not data.exists()
    assert started[0] == "end_left_over"


def test_what_was_not_finished_or_is_not_wanted_is_made_anew(tmp_path: Path, started: list[str]) -> None:
    data = _leave(tmp_path)
    (tmp_path / STAMP).unlink()
    with prepared(tmp_path, 0.5, lambda _what, _done, _total: None):
        assert not data.exists()
    tmp_path.mkdir(exist_ok=True)
    data = _leave(tmp_path)
    with prepared(tmp_path, 0.5, lambda _what, _done, _total: None, anew=True):
        assert not data.exists()


def test_an_instance_is_stopped_whatever_happens(tmp_path: Path, started: list[str]) -> None:
    with pytest.raises(RuntimeError), prepared(tmp_path, 0.5, lambda _what, _done, _total: None):
        raise RuntimeError("a bench that breaks")
    assert started[-1] == "stop"
