"""A configuration is checked where it comes in, and a run goes on only with what it was begun with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from facewarden.errors import UsageError
from facewarden.lab.training.config import TrainConfig, begin, parse, read_fields

pytestmark = pytest.mark.lab


def test_fields_become_a_configuration() -> None:
    config = parse({"stores": "s", "steps": 7, "sources": {"made": 1}}, origin="x.json")
    assert config == TrainConfig(stores="s", steps=7, sources={"made": 1.0})


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"stores": "s", "step": 7, "sed": 1}, r"x\.json names what no training has: sed, step"),
        ({}, r"x\.json is not a training configuration: stores: Field required"),
        ({"stores": "s", "steps": "many"}, "steps: Input should be a valid integer"),
        ({"stores": "s", "sources": {"made": "much"}}, r"sources\.made: Input should be a valid number"),
        ({"stores": "s", "steps": 0}, "steps must be 1 or more, but got 0"),
        ({"stores": "s", "pairs_per_step": 0}, "pairs_per_step must be 1 or more"),
        ({"stores": "s", "report_every": 0}, "report_every must be 1 or more"),
        ({"stores": "s", "workers": -1}, "workers must be 0 or more"),
        ({"stores": "s", "frozen_blocks": -2}, "frozen_blocks must be 0 or more"),
        ({"stores": "s", "seed": -1}, "seed must be 0 or more"),
        (
            {"stores": "s", "kept": {"clips": 0.5}},
            "kept must give shares above 0 and at most 1 of twins or people",
        ),
        ({"stores": "s", "kept": {"twins": 0}}, r"kept must give shares .* but got {'twins': 0.0}"),
        ({"stores": "s", "kept": {"people": 1.5}}, "kept must give shares"),
        ({"stores": "s", "platform_share": -0.1}, "platform_share must be a share from 0 to 1"),
        ({"stores": "s", "misled_share": 1.5}, "misled_share must be a share from 0 to 1"),
        ({"stores": "s", "misled_levels": -1}, "misled_levels not negative, but got 0 and -1"),
        ({"stores": "s", "misled_share": 0.5, "frozen_blocks": 3}, "let frozen_blocks be 0"),
        ({"stores": "s", "initial_weights": "n.onnx"}, "batch norms of an exported network cannot move"),
    ],
)
def test_what_is_wrong_is_said(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse(fields, origin="x.json")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[1]", "must hold a JSON object, but holds a list"),
    ],
)
def test_a_file_that_holds_no_fields(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "c.json").write_bytes(content)
    with pytest.raises(UsageError, match=why):
        read_fields(tmp_path / "c.json")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_fields(tmp_path / "c.json")


def test_a_run_notes_what_it_was_asked(tmp_path: Path) -> None:
    config = TrainConfig(stores="s", steps=7, sources={"made": 0.5}, kept={"twins": 0.1})
    begin(tmp_path / "run", config)
    assert parse(read_fields(tmp_path / "run" / "config.json"), origin="note") == config


def test_a_run_that_goes_on_keeps_its_settings(tmp_path: Path) -> None:
    begin(tmp_path, TrainConfig(stores="s", seed=1))
    begin(tmp_path, TrainConfig(stores="s", seed=2))  # nothing was trained yet
    (tmp_path / "last.pt").write_bytes(b"")
    begin(tmp_path, TrainConfig(stores="elsewhere", seed=2, workers=0, report_every=5, device="cuda"))
    with pytest.raises(UsageError, match=r"was begun with seed = 2, not 3"):
        begin(tmp_path, TrainConfig(stores="s", seed=3))
    assert read_fields(tmp_path / "config.json")["seed"] == 2


def test_a_run_of_an_older_version_lacks_newer_fields(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"stores": "s", "steps": 2000}))
    (tmp_path / "last.pt").write_bytes(b"")
    begin(tmp_path, TrainConfig(stores="s"))
    with pytest.raises(UsageError, match=r"was begun with kept = None, not {'people': 0.5}"):
        begin(tmp_path, TrainConfig(stores="s", kept={"people": 0.5}))
    with pytest.raises(UsageError, match="was begun with frozen_blocks = 0, not 4"):
        begin(tmp_path, TrainConfig(stores="s", frozen_blocks=4))
