"""Training a generator: it learns, goes on where it stopped, and leaves no unmarked picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from facewarden.cues.lab_mark import find_lab_mark
from facewarden.errors import UsageError
from facewarden.lab.generators.fit import CHECKPOINT, discard, fit
from facewarden.lab.generators.material import Squares
from facewarden.lab.generators.resampler import ResamplerShape
from facewarden.lab.generators.shared_decoders import AutoencoderShape
from facewarden.lab.generators.tasks import AutoencoderTask, ResamplerTask
from facewarden.media import open_media

pytestmark = pytest.mark.lab


def resampler(people: list[Squares], *, invention: float = 0.0) -> ResamplerTask:
    return ResamplerTask(ResamplerShape(32, 4, 8, 8), people[0], seed=1, invention=invention, batch=2)


def autoencoder(people: list[Squares]) -> AutoencoderTask:
    return AutoencoderTask(AutoencoderShape(32, 8, 32), people, seed=1, batch=2)


def weights(task: ResamplerTask | AutoencoderTask) -> torch.Tensor:
    return torch.cat([value.flatten() for value in task.network.state_dict().values()])


@pytest.mark.parametrize("make", [resampler, autoencoder])
def test_the_loss_falls(people: list[Squares], make: type[ResamplerTask]) -> None:
    task = make(people)  # type: ignore[arg-type, call-arg]
    losses = []
    for step in range(25):
        losses.append(task.advance(np.random.default_rng(step)))
        task.commit()
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])


@pytest.mark.parametrize("invention", [0.0, 0.1])
def test_an_interrupted_training_arrives_at_the_same_weights(
    people: list[Squares], tmp_path: Path, invention: float
) -> None:
    straight = resampler(people, invention=invention)
    fit(straight, steps=6, seed=1)

    def stop(_: str, fraction: float) -> None:
        if fraction >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(resampler(people, invention=invention), steps=6, seed=1, folder=tmp_path, hook=stop)
    resumed, told = resampler(people, invention=invention), []
    fit(resumed, steps=6, seed=1, folder=tmp_path, hook=lambda _, fraction: told.append(fraction))
    assert len(told) == 3
    assert torch.equal(weights(straight), weights(resumed))


def test_previews_are_marked_and_weights_can_be_discarded(people: list[Squares], tmp_path: Path) -> None:
    fit(autoencoder(people), steps=2, seed=1, folder=tmp_path)
    (preview,) = tmp_path.glob("*.jpg")
    assert preview.name.startswith("LAB-")
    with open_media(preview) as media:
        assert find_lab_mark(frame.image_rgb for frame in media.frames()).present
    assert (tmp_path / CHECKPOINT).exists()
    discard(tmp_path)
    assert not (tmp_path / CHECKPOINT).exists()
    assert preview.exists()


def test_a_folder_of_another_training_is_refused(people: list[Squares], tmp_path: Path) -> None:
    fit(autoencoder(people), steps=1, seed=1, folder=tmp_path)
    with pytest.raises(UsageError, match="holds another training"):
        fit(autoencoder(people[::-1]), steps=2, seed=1, folder=tmp_path)
    with pytest.raises(UsageError, match="holds another training"):
        fit(autoencoder(people), steps=2, seed=2, folder=tmp_path)
    with pytest.raises(UsageError, match="holds another training"):
        fit(resampler(people), steps=2, seed=1, folder=tmp_path)
    (tmp_path / CHECKPOINT).write_bytes(b"torn")
    with pytest.raises(UsageError, match="cannot be read as weights"):
        fit(autoencoder(people), steps=2, seed=1, folder=tmp_path)
