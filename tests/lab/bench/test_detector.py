from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.errors import MediaError, ModelError, UsageError
from facewarden.lab import dataset
from facewarden.lab.bench.detector import Judgement, ScoreStore, run
from facewarden.lab.bench.guest import load


class BySize:
    """Scores a file by its length; small ones are not judged. Counts what it was asked."""

    name = "by size"

    def __init__(self, version: str = "1", *, at_least: int = 0) -> None:
        self.version = version
        self.at_least = at_least
        self.asked = 0

    def predict(self, path: Path) -> float | None:
        self.asked += 1
        size = path.stat().st_size
        return None if size < self.at_least else float(size)


class Failing:
    name = "failing"
    version = "1"

    def __init__(self, error: Exception | float) -> None:
        self.error = error
        self.asked = 0

    def predict(self, path: Path) -> float | None:
        self.asked += 1
        if isinstance(self.error, float):
            return self.error
        raise self.error


class Detailed:
    name = "detailed"
    version = "1"

    def predict(self, path: Path) -> float | None:
        raise AssertionError("judge says more")

    def judge(self, path: Path) -> Judgement:
        return Judgement(0.75, level="likely", parts={"one": 0.5}, is_probability=True)


@pytest.fixture
def items(collection: Callable[..., Path]) -> tuple[dataset.Item, ...]:
    return dataset.load(collection(pairs=10)).items


def test_outcomes_keep_the_order_and_tell_abstentions(items: tuple[dataset.Item, ...]) -> None:
    sizes = [item.path.stat().st_size for item in items]
    limit = sorted(sizes)[5]
    outcomes = run(BySize(at_least=limit), items)
    assert [o.item for o in outcomes] == list(items)
    assert [o.judgement.score for o in outcomes] == [float(s) if s >= limit else None for s in sizes]
    assert {o.state for o in outcomes if o.judgement.score is None} == {"abstained"}


@pytest.mark.parametrize(
    "error", [MediaError("broken"), OSError("gone"), ValueError("odd"), float("nan"), float("inf")]
)
def test_failures_are_no_abstentions_and_are_not_kept(
    items: tuple[dataset.Item, ...], tmp_path: Path, error: Exception | float
) -> None:
    detector = Failing(error)
    for _ in range(2):
        outcomes = run(detector, items, cache=tmp_path / "cache")
        assert {o.state for o in outcomes} == {"failed"}
        assert {o.judgement.score for o in outcomes} == {None}
    assert detector.asked == 2 * len(items)


@pytest.mark.parametrize("error", [AttributeError("typo"), ModelError("no model"), UsageError("no extra")])
def test_a_detector_out_of_order_is_not_hidden(items: tuple[dataset.Item, ...], error: Exception) -> None:
    with pytest.raises(type(error)):
        run(Failing(error), items)


def test_scores_are_kept_by_content_and_version(items: tuple[dataset.Item, ...], tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = BySize(at_least=sorted(i.path.stat().st_size for i in items)[3])
    before = run(first, items, cache=cache)
    again = BySize(at_least=first.at_least)
    assert run(again, items, cache=cache) == before
    assert (first.asked, again.asked) == (len(items), 0)
    newer = BySize("2")
    run(newer, items, cache=cache)
    assert newer.asked == len(items)
    items[0].path.write_bytes(b"another content")
    run(again, items, cache=cache)
    assert again.asked == 1


def test_the_cache_holds_no_path_and_no_picture(items: tuple[dataset.Item, ...], tmp_path: Path) -> None:
    run(BySize(), items, cache=tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    text = kept.read_text("utf-8")
    assert str(tmp_path) not in text
    assert ".jpg" not in text
    assert len(text.splitlines()) == len(items)


def test_a_torn_line_of_the_cache_is_passed_over(tmp_path: Path) -> None:
    store = ScoreStore(tmp_path / "scores.jsonl")
    store.add("aa", Judgement(0.25, parts={"x": 1.0}))
    store.add("bb", Judgement(None, reason="no_face"))
    with (tmp_path / "scores.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"sha256": "cc", "sco')
    assert store.read() == {
        "aa": Judgement(0.25, parts={"x": 1.0}),
        "bb": Judgement(None, reason="no_face"),
    }


def test_a_detailed_detector_is_asked_for_its_judgement(
    items: tuple[dataset.Item, ...], tmp_path: Path
) -> None:
    for _ in range(2):
        outcomes = run(Detailed(), items[:2], cache=tmp_path)
        assert outcomes[0].judgement == Judgement(
            0.75, level="likely", parts={"one": 0.5}, is_probability=True
        )


def test_the_hook_sees_every_file(items: tuple[dataset.Item, ...]) -> None:
    seen: list[tuple[str, int, int]] = []
    run(BySize(), items[:3], hook=lambda *progress: seen.append(progress))
    assert seen == [("by size", 1, 3), ("by size", 2, 3), ("by size", 3, 3)]


def test_more_than_two_processes_are_refused(items: tuple[dataset.Item, ...]) -> None:
    with pytest.raises(ValueError, match="processes must be"):
        run(BySize(), items, processes=3)


def test_two_processes_give_what_one_gives(items: tuple[dataset.Item, ...]) -> None:
    # A detector that lives in an importable module, as child processes demand.
    from facewarden.lab.peers.metadata import BitrateDetector

    detector = BitrateDetector({".jpg": "photo"})
    assert run(detector, items, processes=2) == run(detector, items)


def test_who_stops_does_not_wait_for_the_children(items: tuple[dataset.Item, ...], tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import time\ndef slow(path):\n    time.sleep(0 if path.stem == '0' else 600)\n    return 0.5\n",
        "utf-8",
    )
    detector = load(f"{tmp_path / 'slow.py'}:slow")
    first = [item for item in items if item.path.stem == "0"]
    others = [item for item in items if item.path.stem != "0"]

    class Stopped(BaseException):
        pass

    def stop(*_: object) -> None:
        raise Stopped

    # Sixteen files are a share: the first is done at once, the second would take hours.
    with pytest.raises(Stopped):
        run(detector, [*first * 8, *others], processes=2, hook=stop)
    # The pool's own thread may be the one that sees them end, and it tells of that a moment after a join here has
    # returned. They would sleep for ten minutes.
    patience = time.monotonic() + 20
    while multiprocessing.active_children() and time.monotonic() < patience:
        time.sleep(0.05)
    assert not multiprocessing.active_children()
