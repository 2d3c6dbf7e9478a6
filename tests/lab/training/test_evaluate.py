"""Figures of an examination, on scores made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from facewarden.lab.training.evaluate import Examination, evaluate, figures_of
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import FaceRecord, read_stores
from tests.lab.training.faces import aligned, record

pytestmark = pytest.mark.lab


def figures(*scored: tuple[FaceRecord, float]) -> dict[str, float]:
    return figures_of([face for face, _ in scored], np.array([logit for _, logit in scored]))


def genuine(path: str, pair: str = "") -> FaceRecord:
    return record(path, method="dfdc_crops", pair=pair)


def fake(path: str, pair: str = "") -> FaceRecord:
    return record(path, fake=True, method="dfdc_crops", pair=pair)


def test_ranks_and_twins() -> None:
    found = figures(
        (genuine("g1", "a"), -1.0),
        (genuine("g2", "b"), 1.0),
        (fake("f1", "a"), 0.0),  # above its twin, below the other genuine face
        (fake("f2", "b"), 2.0),
    )
    assert found["dfdc_crops_auc"] == 0.75
    assert found["dfdc_crops_paired"] == 1.0
    assert found["dfdc_crops_tpr5"] == 0.5
    assert found["genuine_99th"] == pytest.approx(0.98)


def test_equal_scores_count_half_and_beat_no_twin() -> None:
    found = figures((genuine("g", "a"), 0.5), (fake("f", "a"), 0.5))
    assert found["dfdc_crops_auc"] == 0.5
    assert found["dfdc_crops_paired"] == 0.0
    assert found["dfdc_crops_tpr5"] == 0.0


def test_a_file_counts_once_by_the_mean_of_its_faces() -> None:
    found = figures(
        (genuine("g"), 0.0),
        *((fake("clip"), logit) for logit in (-9.0, 1.0, 2.0)),  # mean -2: below
        (fake("f"), 1.0),
    )
    assert found["dfdc_crops_auc"] == 0.5


def test_each_forgery_is_set_against_its_own_genuine_set() -> None:
    found = figures(
        (record("w", method="webcam_streams"), 5.0),
        (genuine("g"), 0.0),
        (record("live", fake=True, method="live_autoencoder"), 1.0),
        (fake("f"), 1.0),
        (record("s", fake=True, method="stylegan2"), 9.0),  # no portraits to set it against
    )
    assert found["live_autoencoder_auc"] == 0.0
    assert found["dfdc_crops_auc"] == 1.0
    assert "stylegan2_auc" not in found
    assert "dfdc_crops_paired" not in found, "there are no twins"
    assert found["stylegan2_tpr5"] == 1.0


def test_nothing_to_examine() -> None:
    assert figures() == {}
    assert figures((fake("f"), 1.0)) == {}
    assert figures((genuine("g"), 1.0)) == {"genuine_99th": 1.0}


class Brightness(torch.nn.Module):
    """Scores a crop by how bright it is."""

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        assert not self.training
        return image.mean((1, 2, 3)), image[:, 0]


def test_faces_are_cut_as_in_a_check_and_scored_in_order(stores: Path) -> None:
    faces = Examination(FaceShelf(list(read_stores(stores, "dev"))))
    logits = faces.logits(Brightness())

    assert logits.shape == (4,)
    expected = [aligned(name)[0].image_rgb.mean() for name in ("collins", "hopper")]
    assert logits[0] == pytest.approx(expected[0], abs=0.5)
    assert logits[2] == pytest.approx(expected[1], abs=0.5)
    assert evaluate(Brightness(), faces) == figures_of(faces.records, logits)


def test_an_empty_shelf_has_no_logits() -> None:
    assert Examination(FaceShelf([])).logits(Brightness()).shape == (0,)
