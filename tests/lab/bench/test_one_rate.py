from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")

from facewarden.lab.bench.altered import Altered
from facewarden.lab.bench.contest import Contest
from facewarden.lab.bench.one_rate import one_rate
from facewarden.lab.peers.headers import read_header
from facewarden.lab.peers.metadata import BitrateDetector
from lab.bench.clips import write_clip
from lab.bench.making import contest, twin_items

pytestmark = pytest.mark.lab


@pytest.fixture
def twins(tmp_path: Path) -> Contest:
    """One pair; the forged half is much softer, and larger."""
    fake, real = twin_items(1, media="clip")
    items = [
        replace(fake, path=write_clip(tmp_path / "fake.mp4", frames=30, softness=4, size=144)),
        replace(real, path=write_clip(tmp_path / "real.mp4", frames=30)),
    ]
    return contest(items)


def test_both_twins_come_to_one_size_and_one_rate(twins: Contest, tmp_path: Path) -> None:
    level, change = one_rate(twins) or pytest.fail("there is a pair of clips")
    assert (level.name, level.items) == ("swap, one bit rate", twins.items)
    before = [read_header(item.path, "clip").numbers for item in twins.items]
    after = [
        read_header(change.write(item.path, tmp_path / f"out{n}"), "clip").numbers
        for n, item in enumerate(twins.items)
    ]
    assert {(found["width"], found["height"]) for found in after} == {(128, 128)}
    assert abs(before[0]["size_bytes"] / before[1]["size_bytes"] - 1) > 0.2
    # Stream bytes agree within .6 %; the container's own bytes are alike.
    assert after[0]["size_bytes"] == pytest.approx(after[1]["size_bytes"], rel=0.01)
    assert {path.name for path in tmp_path.iterdir()} == {"fake.mp4", "real.mp4", "out0.mp4", "out1.mp4"}


def test_baselines_are_asked_about_the_files_as_they_became(twins: Contest, tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    _, change = one_rate(twins) or pytest.fail("there is a pair of clips")
    baseline = BitrateDetector({".mp4": "clip"})
    plain = [baseline.predict(item.path) or 0.0 for item in twins.items]
    levelled = Altered(baseline, change, tmp_path / "scratch")
    level = [levelled.predict(item.path) or 0.0 for item in twins.items]
    assert abs(level[0] - level[1]) < 0.02 < abs(plain[0] - plain[1])


def test_another_aim_is_another_version(twins: Contest) -> None:
    _, change = one_rate(twins) or pytest.fail("there is a pair of clips")
    digest, aim = next(iter(change.aims.items()))
    other = replace(change, aims=change.aims | {digest: replace(aim, bits_per_frame=1.0)})
    assert other.version != change.version == one_rate(twins)[1].version  # type: ignore[index]


def test_pairs_of_photos_are_left_alone() -> None:
    assert one_rate(contest(twin_items(2))) is None
