"""Learning from other networks: their mean, without a change of theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from facewarden.errors import UsageError
from facewarden.lab.training import exported
from facewarden.lab.training.files import save_tensors
from facewarden.lab.training.teach import Teachers, disagreement
from tests.lab.training.faces import QuickNet

pytestmark = pytest.mark.lab


def saved(folder: Path, seed: int) -> str:
    torch.manual_seed(seed)
    save_tensors(folder / f"{seed}.pt", QuickNet().state_dict())
    return str(folder / f"{seed}.pt")


def test_several_say_their_mean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exported, "ForgeryNet", QuickNet)
    pictures = 255 * torch.rand(2, 3, 256, 256)
    one, other = saved(tmp_path, 1), saved(tmp_path, 2)
    alone = [Teachers([path], torch.device("cpu")).logits(pictures) for path in (one, other)]
    both = Teachers([one, other], torch.device("cpu")).logits(pictures)
    assert not torch.equal(alone[0], alone[1])
    torch.testing.assert_close(both, (alone[0] + alone[1]) / 2)
    assert not both.requires_grad


def test_a_teacher_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no weights"):
        Teachers([str(tmp_path / "nobody.pt")], torch.device("cpu"))


def test_disagreement_is_none_where_both_say_the_same_and_grows_evenly_far_off() -> None:
    said = torch.tensor([1.0, -2.0])
    assert float(disagreement(said, said)) == 0
    far, further = (float(disagreement(said + by, said)) for by in (10.0, 11.0))
    assert further - far == pytest.approx(1.0, abs=1e-5)
