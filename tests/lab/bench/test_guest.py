from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab import dataset
from facewarden.lab.bench.detector import run
from facewarden.lab.bench.guest import is_guest, load
from facewarden.lab.bench.lineup import line_up

SOURCE = """
from pathlib import Path
from beside import FACTOR

class Sized:
    name = "by size"
    version = 3
    is_probability = True

    def predict(self, path):
        size = path.stat().st_size
        return None if size < 10 else 1 / (1 + FACTOR * size)

def plain(path):
    return path.stat().st_size

ready = Sized()
number = 5

class Needy:
    def __init__(self, weights):
        self.weights = weights

class Silent:
    def ask(self, path):
        return 1

def answers(path):
    return {"word": "high", "none": None, "list": [0.1, 0.2], "truth": True}[path.stem]

def broken(path):
    return path.nothing

class Sure:
    is_probability = True
    def predict(self, path):
        return 1.5
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "beside.py").write_text("FACTOR = 2\n", "utf-8")
    path = tmp_path / "mine.py"
    path.write_text(SOURCE, "utf-8")
    return path


@pytest.mark.parametrize("name", ["Sized", "ready"])
def test_a_class_and_an_object_are_detectors(file: Path, name: str) -> None:
    found = load(f"{file}:{name}")
    size = file.stat().st_size
    assert (found.name, found.version[:2], found.is_probability) == ("by size", "3-", True)
    assert found.predict(file) == pytest.approx(1 / (1 + 2 * size))
    assert found.judge(file).is_probability
    (file.parent / "small").write_bytes(b"x")
    assert found.predict(file.parent / "small") is None


def test_a_function_is_a_detector(file: Path) -> None:
    found = load(f"{file}:plain")
    assert (found.name, found.predict(file)) == ("plain", float(file.stat().st_size))


def test_a_module_is_a_place_too() -> None:
    found = load("facewarden.lab.dataset:sha256")
    assert found.name == "sha256"
    with pytest.raises(UsageError, match="must return a number or None, but returned a str"):
        found.predict(Path(__file__))


def test_it_travels_by_its_place_alone(file: Path) -> None:
    found = load(f"{file}:ready")
    found.predict(file)
    sent = pickle.dumps(found)
    assert b"Sized" not in sent
    again = pickle.loads(sent)  # noqa: S301  # our own bytes
    assert again == found
    assert again.predict(file) == found.predict(file)


def test_child_processes_load_it_anew(file: Path, collection: Callable[..., Path]) -> None:
    items = dataset.load(collection(pairs=2)).items
    found = load(f"{file}:Sized")
    assert run(found, items, processes=2) == run(found, items)


def test_another_text_is_another_version(file: Path) -> None:
    weights = file.parent / "weights"
    weights.write_bytes(b"1")
    file.write_text(f"def f(path):\n    return 1\nf.files = [{str(weights)!r}]\n", "utf-8")
    before = load(f"{file}:f").version
    assert load(f"{file}:f").version == before
    weights.write_bytes(b"2")
    after = load(f"{file}:f").version
    file.write_text(file.read_text("utf-8") + "# another\n", "utf-8")
    assert len({before, after, load(f"{file}:f").version}) == 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing", "there is no missing"),
        ("number", "has no predict"),
        ("Silent", "has no predict"),
        ("Needy", "cannot be made without arguments"),
    ],
)
def test_what_cannot_be_asked_is_said(file: Path, name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        load(f"{file}:{name}")


@pytest.mark.parametrize("text", ["import nothing_of_this_name", "raise SystemExit(3)", "def broken(:"])
def test_a_file_that_cannot_be_loaded_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.py").write_text(text, "utf-8")
    with pytest.raises(UsageError, match="cannot be loaded"):
        load(f"{tmp_path / 'bad.py'}:x")


def test_a_place_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        load(f"{tmp_path / 'none.py'}:x")
    with pytest.raises(UsageError, match="ModuleNotFoundError"):
        load("facewarden.lab.no_such_room:x")


@pytest.mark.parametrize("answer", ["word", "list"])
def test_nonsense_is_not_a_score(file: Path, answer: str) -> None:
    with pytest.raises(UsageError, match="must return a number or None"):
        load(f"{file}:answers").predict(Path(f"{answer}.jpg"))


def test_abstentions_and_truth_values_are_scores(file: Path) -> None:
    found = load(f"{file}:answers")
    assert found.predict(Path("none.jpg")) is None
    assert found.predict(Path("truth.jpg")) == 1.0


def test_broken_code_is_not_hidden(file: Path) -> None:
    with pytest.raises(UsageError, match="is broken: predict raised AttributeError"):
        load(f"{file}:broken").predict(file)
    with pytest.raises(UsageError, match="probabilities, but returned"):
        load(f"{file}:Sure").predict(file)


def test_two_of_one_name_are_refused(file: Path) -> None:
    assert is_guest(f"{file}:Sized")
    assert not is_guest("mesonet")
    with pytest.raises(UsageError, match="Two detectors are called by size"):
        line_up([f"{file}:Sized", f"{file}:ready"])
