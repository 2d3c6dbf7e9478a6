"""Attacks that train their own generator: ready only afterwards, and only for faces that they can learn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("torch", reason="needs the extra [lab]: PyTorch is missing")

from facewarden.errors import UsageError
from facewarden.faces.finder import FaceFinder
from facewarden.lab.attacks.protocol import Attack, Scene, TrainedAttack, Workshop
from facewarden.lab.attacks.registry import make
from facewarden.media.frame import Frame
from tests.lab.attacks.scenes import empty, moving, portrait, source

pytestmark = pytest.mark.lab

QUICK = {
    "autoencoder": {"core_px": "32", "steps": "2", "batch": "2", "width": "8"},
    "neural_resample": {"core_px": "32", "steps": "2", "factor": "4"},
}
WHOLE = {"steps": "2", "factor": "8", "invention": "0"}


def others(count: int) -> list[Scene]:
    (face,) = FaceFinder().find(source())
    return [Scene(Frame(source(), n / 25, n), (face,)) for n in range(count)]


def trained(name: str, **settings: str) -> Attack:
    attack = make(name, QUICK[name] | settings)
    assert isinstance(attack, TrainedAttack)
    return attack.train(list(moving(4)) * 3, others(12) if attack.needs_source else [], Workshop(seed=1))


@pytest.mark.parametrize("name", QUICK)
def test_nothing_changes_beyond_the_mask_and_something_within(name: str) -> None:
    before = portrait().frame.image_rgb
    (made,) = trained(name).forge([portrait()])
    assert (made.image_rgb[made.mask == 0] == before[made.mask == 0]).all()
    assert 0.005 < (made.mask > 0.5).mean() < 0.5
    assert np.abs(made.image_rgb[made.mask > 0.5].astype(int) - before[made.mask > 0.5]).mean() > 1


@pytest.mark.parametrize("name", QUICK)
def test_the_same_seed_trains_the_same(name: str) -> None:
    one, again = (next(trained(name).forge([portrait()])).image_rgb for _ in range(2))
    assert (one == again).all()


@pytest.mark.parametrize("name", QUICK)
def test_an_untrained_attack_forges_nothing(name: str) -> None:
    with pytest.raises(UsageError, match="has to be trained"):
        make(name).forge([portrait()])


@pytest.mark.parametrize("name", QUICK)
def test_without_a_face_there_is_nothing_to_learn(name: str) -> None:
    attack = make(name, QUICK[name])
    assert isinstance(attack, TrainedAttack)
    with pytest.raises(UsageError, match=r"shows (a|no) face"):
        attack.train(empty(3), others(12), Workshop())


def neural_swap() -> Attack:
    attack = make("one_photo", {"core_px": "32", "neural_steps": "2"})
    assert isinstance(attack, TrainedAttack)
    return attack.train(moving(4), [], Workshop(seed=1))


def test_a_swapped_face_is_rendered_anew_within_the_same_mask() -> None:
    (plain,) = make("one_photo", {"core_px": "32"}).forge([portrait()], source_rgb=source())
    made, again = (next(neural_swap().forge([portrait()], source_rgb=source())) for _ in range(2))
    assert (made.mask == plain.mask).all()
    assert (made.image_rgb == again.image_rgb).all()
    assert (made.image_rgb[made.mask == 0] == portrait().frame.image_rgb[made.mask == 0]).all()
    inside = made.mask > 0.5
    assert np.abs(made.image_rgb[inside].astype(int) - plain.image_rgb[inside]).mean() > 1


def test_the_network_draws_what_was_swapped_in() -> None:
    """After some steps it is the swap that comes out, softer, and not the target's own face."""
    attack = make("one_photo", {"core_px": "64", "neural_steps": "150"})
    assert isinstance(attack, TrainedAttack)
    ready = attack.train([portrait()], [], Workshop(seed=1))
    (made,) = ready.forge([portrait()], source_rgb=source())
    (plain,) = make("one_photo", {"core_px": "64"}).forge([portrait()], source_rgb=source())
    inside = made.mask > 0.9
    to_swap, to_own = (
        np.abs(made.image_rgb[inside].astype(int) - other[inside]).mean()
        for other in (plain.image_rgb, portrait().frame.image_rgb)
    )
    assert to_swap < 0.7 * to_own


def test_without_neural_steps_one_photo_learns_nothing() -> None:
    attack = make("one_photo")
    assert isinstance(attack, TrainedAttack)

    def unread() -> Iterator[Scene]:
        raise AssertionError("the target was read")
        yield

    assert attack.train(unread(), [], Workshop()) is attack


def test_with_neural_steps_one_photo_has_to_be_trained() -> None:
    with pytest.raises(UsageError, match="has to be trained"):
        make("one_photo", {"neural_steps": "2"}).forge([portrait()], source_rgb=source())
    for wrong in ("100", "512"):
        with pytest.raises(UsageError, match="multiple of 8 and at most 256"):
            make("one_photo", {"neural_steps": "2", "core_px": wrong})


def test_a_clip_of_several_people_is_refused() -> None:
    attack = make("autoencoder", QUICK["autoencoder"])
    assert isinstance(attack, TrainedAttack)
    two = [Scene(scene.frame, scene.faces * 2) for scene in others(12)]
    with pytest.raises(UsageError, match="The source shows several people"):
        attack.train(list(moving(4)) * 3, two, Workshop())


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="multiple of 16"):
        make("autoencoder", {"core_px": "40"})
    with pytest.raises(UsageError, match="divide core_px"):
        make("neural_resample", {"core_px": "100", "factor": "16"})


def test_of_a_whole_image_no_pixel_is_left_and_its_size_stays() -> None:
    attack = make("whole_image", WHOLE)
    assert isinstance(attack, TrainedAttack)
    image = source()[:201, :163]
    scene = Scene(Frame(image, 0.0, 0), ())
    (made,) = attack.train([scene], [], Workshop()).forge([scene])
    assert made.image_rgb.shape == image.shape
    assert made.mask.min() == 1
    assert np.abs(made.image_rgb.astype(int) - image).mean() > 1


def test_a_picture_smaller_than_a_patch_is_refused() -> None:
    attack = make("whole_image", WHOLE)
    assert isinstance(attack, TrainedAttack)
    with pytest.raises(UsageError, match="too small"):
        attack.train(empty(2), [], Workshop())
    with pytest.raises(UsageError, match="factor must be 4, 8 or 16"):
        make("whole_image", {"factor": "5"})
