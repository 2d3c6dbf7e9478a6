from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab import dataset
from facewarden.lab.bench.contest import Verdict
from facewarden.lab.bench.desk import open_desk
from facewarden.lab.bench.detector import Judgement
from facewarden.lab.bench.run import BenchOptions, bench


def options(data: Path, **changes: object) -> BenchOptions:
    plain: dict[str, object] = {
        "data": data,
        "detectors": (),
        "cache": None,
        "rounds": 50,
        "processes": 1,
        "probes": False,
    }
    return BenchOptions(**(plain | changes))  # type: ignore[arg-type]


def test_soft_forgeries_are_told_by_their_bits_alone(collection: Callable[..., Path]) -> None:
    result = bench(options(collection(pairs=12, softness=0.7)))
    rows = {row.detector: row for row in result.shortcuts}
    assert set(rows) == {"bits a pixel", "bits, recoded", "metadata, same set"}
    assert rows["bits a pixel"].paired_accuracy.value == 1.0
    assert rows["bits a pixel"].auc.value == 1.0
    assert rows["metadata, same set"].auc.value > 0.95


def test_like_twins_are_not_told_apart(collection: Callable[..., Path]) -> None:
    rows = {row.detector: row for row in bench(options(collection(pairs=60, softness=0.0))).shortcuts}
    interval = rows["bits a pixel"].paired_accuracy
    assert interval.low < 0.5 < interval.high


def test_metadata_is_fitted_to_the_training_split_only(collection: Callable[..., Path]) -> None:
    train = collection("train", split="train", pairs=15, softness=0.7)
    result = bench(options(collection("dev", pairs=10, softness=0.7), more=(train,)))
    rows = {row.detector: row for row in result.shortcuts}
    assert rows["metadata, train"].fakes == 10
    assert rows["metadata, train"].auc.value > 0.95


def test_files_that_are_also_in_the_training_split_are_left_out(collection: Callable[..., Path]) -> None:
    train = collection("train", split="train", pairs=6)
    dev = collection("dev", pairs=6)
    items = dataset.load(dev).items
    items[0].path.write_bytes(dataset.load(train).items[0].path.read_bytes())
    result = bench(options(dev, more=(train,)))
    assert result.left_out == ("1 file(s) of portraits: also in `train`",)
    assert result.shortcuts[0].reals == 5
    assert result.shortcuts[0].paired


def test_the_same_seed_writes_the_same_page(collection: Callable[..., Path]) -> None:
    data = collection(pairs=8, softness=0.1)
    assert bench(options(data)).markdown() == bench(options(data)).markdown()


def test_what_is_not_there_is_said(collection: Callable[..., Path]) -> None:
    data = collection(pairs=2)
    with pytest.raises(UsageError, match="'sealed' has no forgeries"):
        bench(options(data, split="sealed"))
    with pytest.raises(UsageError, match="but got magic"):
        bench(options(data, detectors=("magic",)))


@pytest.mark.data
def test_the_research_data_gives_the_contests_that_are_reported() -> None:
    try:
        data = dataset.data_root()
    except UsageError as error:
        pytest.skip(f"the research data is not here: {error}")
    result = bench(options(data, rounds=20, one_rate=False))
    paired = {row.contest: row.paired for row in result.shortcuts}
    assert paired == {
        "dfdc_crops": True,
        "live_autoencoder": True,
        "flux_lora": False,
        "loopy_diffusion": False,
        "stylegan2": False,
    }
    assert all(row.failed == 0 for row in result.shortcuts)


def test_methods_narrow_the_benchmark(collection: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match="no forgeries"):
        bench(options(collection(pairs=2), methods=("portraits",)))


@pytest.fixture
def sized(tmp_path: Path) -> str:
    """A detector of the user's: small files are suspicious."""
    path = tmp_path / "sized.py"
    path.write_text("def sized(path):\n    return -path.stat().st_size\n", "utf-8")
    return f"{path}:sized"


@pytest.mark.lab
def test_probes_stand_beside_the_detector_and_can_doubt_it(
    collection: Callable[..., Path], sized: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
    from facewarden.lab.peers.sights import FACTS, Sights

    def judge(self: object, path: Path) -> Judgement:
        """The spectrum knows everything, the background nothing; every second face is large."""
        number = int(path.stem)
        facts = dict(zip(FACTS, (50.0 + 100 * (number % 2), 5.0, 0.2, 48.0), strict=True))
        told = {"spectrum_0": float("fake" in path.parts), "background_0": float(number % 3), "hidden_0": 1.0}
        return Judgement(1.0, parts=facts | told)

    monkeypatch.setattr(Sights, "judge", judge)
    train = collection("train", split="train", pairs=12)
    data = collection("dev", pairs=16, softness=0.0)
    result = bench(options(data, more=(train,), detectors=(sized,), probes=True, cache=tmp_path / "cache"))
    rows = {row.detector: row for row in result.shortcuts}
    assert set(rows) == {
        "metadata, train", "bits a pixel", "bits, recoded", "metadata, same set",
        "spectrum", "background only", "face hidden",
    }  # fmt: skip
    assert rows["spectrum"].paired_accuracy.value == 1.0
    assert rows["background only"].paired_accuracy.value == rows["face hidden"].auc.value == 0.5
    assert result.rows[0].caveat == "not trustworthy: spectrum reaches 1.00"
    assert [(row.bin, row.fakes, row.reals) for row in result.axes] == [
        ("below 80", 8, 8),
        ("120 to 160", 8, 8),
    ]
    assert "spectrum" in result.markdown()


@pytest.mark.lab
def test_launderings_leave_scores_and_no_files(
    collection: Callable[..., Path], sized: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    monkeypatch.setattr("facewarden.lab.bench.run.WASHES", ("jpeg50", "height32"))
    result = bench(options(collection(pairs=6, softness=0.7), detectors=(sized,), axes=True, axis_files=4))
    assert [(row.wash, row.files, row.judged, row.lost) for row in result.washes] == [
        ("jpeg50", 8, 8, 0), ("height32", 8, 8, 0),
    ]  # fmt: skip
    assert {row.mean_clean for row in result.washes} == {1.0}
    assert result.alarms == ()  # this detector gives no levels
    assert not list((tmp_path / "scratch").iterdir())
    with pytest.raises(UsageError, match="name it as a detector, too"):
        bench(options(tmp_path / "data", detectors=(sized,), axes=True, axis_detectors=("ours",)))
    assert "### After laundering" in result.markdown()


@pytest.mark.lab
def test_twins_are_measured_once_more_at_one_bit_rate(
    write_manifest: Callable[..., Path], sized: str, tmp_path: Path
) -> None:
    pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
    from lab.bench.clips import write_clip

    root = tmp_path / "clips"
    root.mkdir()
    rows = [
        {
            "path": f"{label}.mp4",
            "media": "clip",
            "label": label,
            "identity": "p",
            "pair": "p",
            "method": method,
        }
        for label, method in (("fake", "swap"), ("real", "streams"))
    ]
    write_manifest(root, rows)
    write_clip(root / "fake.mp4", frames=12, softness=4)
    write_clip(root / "real.mp4", frames=12)
    result = bench(options(root, detectors=(sized,), rounds=2))
    assert [(row.contest, row.detector, row.pairs) for row in result.rows] == [
        ("swap", "sized", 1), ("swap, one bit rate", "sized", 1),
    ]  # fmt: skip
    assert [row.contest for row in result.shortcuts if row.detector == "bits a pixel"] == [
        "swap", "swap, one bit rate",
    ]  # fmt: skip
    assert not [
        row for row in bench(options(root, one_rate=False, rounds=2)).shortcuts if "rate" in row.contest
    ]


def test_a_part_that_has_nothing_to_say_has_no_row(collection: Callable[..., Path]) -> None:
    desk = open_desk(options(collection(pairs=3)), None)
    silent = {item: Verdict("abstained", None) for item in desk.items}
    desk.enter("detector", silent)
    desk.enter("detector, its part", silent, part=True)
    assert [row.detector for row in desk.rows] == ["detector"]
    said = silent | {desk.items[0]: Verdict("judged", 0.5)}
    desk.enter("detector, another part", said, part=True)
    assert [row.detector for row in desk.rows] == ["detector", "detector, another part"]
    assert {score.detector for score in desk.scores} == {
        "detector",
        "detector, its part",
        "detector, another part",
    }
