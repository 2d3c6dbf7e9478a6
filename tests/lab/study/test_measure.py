"""The exam: the same faces for every network, judged by group."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from facewarden.errors import UsageError
from facewarden.lab.harden.scores import load_scores
from facewarden.lab.study.measure import STORED, Exam, examine
from facewarden.lab.training.files import save_tensors
from facewarden.lab.training.network import ForgeryNet
from facewarden.lab.training.shelf import FaceShelf, filled

pytestmark = pytest.mark.lab

KIND = "attack:self_blend"


@pytest.fixture(scope="module")
def exam(stores: Path) -> Exam:
    return Exam.prepared(filled(stores, "dev"), [KIND], measured=2)


def test_it_holds_stored_faces_and_attacked_ones(exam: Exam, stores: Path) -> None:
    assert list(exam.groups) == [STORED, KIND]
    assert [case.record for case in exam.groups[STORED]] == filled(stores, "dev").records
    assert [case.record.label for case in exam.groups[KIND]] == [0, 1] * 2
    assert len(exam) == len(exam.groups[STORED]) + 4


def test_it_is_the_same_for_every_network(exam: Exam, stores: Path) -> None:
    again = Exam.prepared(filled(stores, "dev"), [KIND], measured=2)
    for one, other in zip(exam.groups[KIND], again.groups[KIND], strict=True):
        assert one.record == other.record
        assert (one.crop_rgb == other.crop_rgb).all()


def test_it_tells_how_far_it_is(exam: Exam) -> None:
    def flat(batch: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        return [np.full(len(batch), 0.5, np.float32)]

    told: list[tuple[int, int]] = []
    scores = exam.judged("flat", flat, lambda *news: told.append(news))
    assert told == [(n + 1, len(exam)) for n in range(len(exam))]
    assert {one.logits["flat"] for group in scores.values() for one in group} == {0.5}
    assert len(scores[KIND]) == 4


def test_scores_are_those_of_the_trained_network(exam: Exam, tmp_path: Path) -> None:
    torch.manual_seed(2)
    network = ForgeryNet().eval()
    save_tensors(tmp_path / "final.pt", network.state_dict())
    examine("mine", tmp_path / "final.pt", exam, tmp_path / "scores.json", lambda *_: None)
    scored = load_scores(tmp_path / "scores.json")[KIND]
    face = torch.from_numpy(exam.groups[KIND][1].crop_rgb.transpose(2, 0, 1).copy()).float()
    with torch.inference_mode():
        logits = network(torch.stack([face, face.flip(2)]))[0]
    assert scored[1].item.is_fake
    assert scored[1].logits["mine"] == pytest.approx(float(logits.mean()), abs=0.01)


def test_what_cannot_be_attacked_is_said() -> None:
    with pytest.raises(UsageError, match="self_blend cannot be measured"):
        Exam.prepared(FaceShelf([]), [KIND], measured=2)
