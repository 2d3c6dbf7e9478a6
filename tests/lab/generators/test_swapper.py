"""The swapper: a face and its mask, drawn as whomever the numbers name, and told whether it is one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from facewarden.errors import UsageError
from facewarden.lab.generators.fit import fit
from facewarden.lab.generators.portraits import Portraits
from facewarden.lab.generators.resampler import Upsampling
from facewarden.lab.generators.swapper import Swapper, SwapperShape
from facewarden.lab.generators.swapper_task import SwapperTask, SwapperWeights, swapped
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import read_stores
from tests.lab.generators.seeing import Seeing
from tests.lab.training.faces import some

pytestmark = pytest.mark.lab

SHAPE = SwapperShape(32, 4, 4, 1)


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Portraits:
    folder = some(tmp_path_factory.mktemp("stores"), "ffhq", "lip_actors")
    shelf = FaceShelf(list(read_stores(folder, "train")))
    return Portraits.of_shelf(shelf, range(len(shelf)), 32, Seeing(), np.random.default_rng(0))


def task(portraits: Portraits, **weights: float) -> SwapperTask:
    return SwapperTask(SHAPE, portraits, Seeing(), seed=1, weights=SwapperWeights(**weights), batch=4)


def parameters(task: SwapperTask) -> torch.Tensor:
    return torch.cat([value.flatten() for value in task.network.state_dict().values()])


@pytest.mark.parametrize("upsampling", ["shuffle", "nearest", "transpose"])
@pytest.mark.parametrize("factor", [4, 16])
def test_a_face_and_its_mask_come_out(upsampling: Upsampling, factor: int) -> None:
    torch.manual_seed(0)
    network = Swapper(SwapperShape(32, 4, factor, 2, upsampling))
    for drive in network.drives:
        torch.nn.init.normal_(drive.weight)
    faces, people = torch.rand(2, 3, 32, 32), torch.randn(2, 128)
    made = network(faces, people, people).detach()
    assert made.shape == (2, 4, 32, 32)
    assert 0 <= float(made.min()) <= float(made.max()) <= 1
    assert not torch.allclose(made, network(faces, people, people.flip(0)).detach(), atol=1e-3)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="a multiple of 16 from 32 on"):
        SwapperShape(100, factor=8)
    with pytest.raises(UsageError, match="width and blocks must be 1 or more"):
        SwapperShape(blocks=0)


def test_it_learns_to_render_and_to_be_whom_it_is_told(portraits: Portraits) -> None:
    learning = task(portraits, guide=10.0, invention=0.0)
    middle = np.stack([portraits.squares.middle(n) for n in range(len(portraits))])
    edge = (portraits.squares.images_rgb.shape[1] - SHAPE.size_px) // 2
    guides = portraits.guides_rgb[:, edge:-edge, edge:-edge].astype(int)

    def apart(asked: np.ndarray, wanted: np.ndarray) -> float:
        """How far faces drawn as `asked` are from `wanted`, within the faces."""
        own, other = portraits.embeddings, portraits.embeddings[asked]
        drawn = swapped(learning.network, middle[..., :3], own, other)[..., :3].astype(int)
        return float(np.abs(drawn - wanted)[middle[..., 3] > 0].mean())

    own = np.arange(len(portraits))
    blur = apart(own, middle[..., :3].astype(int))
    for step in range(80):
        learning.advance(np.random.default_rng(step))
        learning.commit()
    assert apart(own, middle[..., :3].astype(int)) < 0.9 * blur
    assert apart(portraits.givers, guides) < 0.95 * apart(own, guides)


def test_an_interrupted_training_arrives_at_the_same_weights(portraits: Portraits, tmp_path: Path) -> None:
    straight = task(portraits)
    fit(straight, steps=4, seed=1)

    def stop(_: str, fraction: float) -> None:
        if fraction >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(task(portraits), steps=4, seed=1, folder=tmp_path, hook=stop)
    resumed = task(portraits)
    fit(resumed, steps=4, seed=1, folder=tmp_path)
    assert torch.equal(parameters(straight), parameters(resumed))
    (preview,) = tmp_path.glob("*.jpg")
    assert preview.name.startswith("LAB-")


def test_other_faces_are_refused(portraits: Portraits, tmp_path: Path) -> None:
    fit(task(portraits), steps=1, seed=1, folder=tmp_path)
    squares = replace(portraits.squares, images_rgb=portraits.squares.images_rgb[::-1].copy())
    with pytest.raises(UsageError, match="holds another training"):
        fit(task(replace(portraits, squares=squares)), steps=2, seed=1, folder=tmp_path)


def test_without_strangers_every_face_is_drawn_as_itself(portraits: Portraits) -> None:
    alone = replace(portraits, people=("one",) * len(portraits))
    learning = task(alone, invention=0.0)
    assert np.isfinite(learning.advance(np.random.default_rng(0)))
    learning.commit()
    assert learning.preview().shape == (4 * 128, 3 * 128, 3)
