"""Mutated and truncated files end in frames or in a MediaError, and leave nothing behind."""

from __future__ import annotations

import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from facewarden.errors import MediaError
from facewarden.media import Limits, open_media
from facewarden.media.refusal import REASONS
from tests.hostile.mutation import hostile_files, samples

SEED = 20_240_117
COUNT = 520
LIMITS = Limits(max_wait_s=20.0, max_start_cpu_s=10)


def outcome(path: Path) -> str:
    """Read a file to its end as the command line does; return ``frames`` or the reason."""
    refusal = None
    try:
        with open_media(path, limits=LIMITS) as media:
            for frame in media.frames():
                assert frame.image_rgb.ndim == 3
                assert frame.image_rgb.size > 0
    except MediaError as error:
        refusal = error
    if refusal is None:
        return "frames"
    assert refusal.reason in REASONS
    assert str(refusal).endswith(".")
    assert "\n" not in str(refusal)
    return refusal.reason


def children() -> set[int]:
    """Return the processes whose parent is this one, dead ones that nobody reaped included."""
    own, found = os.getpid(), set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == own:
                found.add(int(entry.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts processes and descriptors in /proc")
def test_mutated_files_end_in_frames_or_media_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "temporary"
    private.mkdir()
    monkeypatch.setenv("TMPDIR", str(private))
    paths = []
    for name, data in hostile_files(SEED, COUNT):
        path = tmp_path / name
        path.write_bytes(data)
        paths.append(path)
    # Another test may have left a helper process of multiprocessing: only what is new counts.
    processes_before, descriptors_before = children(), len(list(Path("/proc/self/fd").iterdir()))
    shared_before = set(Path("/dev/shm").iterdir())
    with ThreadPoolExecutor(2) as pool:
        outcomes = dict(zip(paths, pool.map(outcome, paths), strict=True))
    counts = Counter(outcomes.values())
    assert len(outcomes) == COUNT
    # Both ends occur, or the mutations are too weak or too strong to mean anything.
    assert counts["frames"] > COUNT // 10
    assert counts["damaged"] > COUNT // 20
    assert children() <= processes_before
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors_before
    assert list(private.iterdir()) == []
    shared = {each.name for each in set(Path("/dev/shm").iterdir()) - shared_before}
    assert not {name for name in shared if name.startswith(("psm_", "sem.", "facewarden"))}


def test_the_unmutated_samples_are_read(tmp_path: Path) -> None:
    for name, data in samples().items():
        path = tmp_path / name
        path.write_bytes(data)
        assert outcome(path) == "frames", name


def test_a_seed_names_the_same_files_again() -> None:
    assert list(hostile_files(3, 30)) == list(hostile_files(3, 30))
    assert list(hostile_files(3, 30)) != list(hostile_files(4, 30))
