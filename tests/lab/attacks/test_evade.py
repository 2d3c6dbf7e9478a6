"""`evade`: the gradient sees what the check sees, the picture is what changes, the score falls within the budget."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("torch", reason="needs the extra [lab]: PyTorch is missing")
pytest.importorskip("skimage", reason="needs the extra [lab]: scikit-image is missing")

import torch

from facewarden.errors import UsageError
from facewarden.faces.mesh import MeshFace
from facewarden.lab.attacks import by_gradient, registry
from facewarden.lab.attacks.by_gradient import crop_of, our_network
from facewarden.lab.attacks.evade import Evade, logit_of
from facewarden.lab.attacks.one_photo import OnePhotoSwap
from facewarden.lab.attacks.protocol import Scene
from facewarden.lab.attacks.visible import Patch, patch_of
from facewarden.lab.marks.watermark import psnr_db
from facewarden.media.frame import Frame, ImageRGB
from tests.lab.attacks.scenes import portrait, source

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def swap() -> ImageRGB:
    image, _ = OnePhotoSwap(source(), core_px=64).apply(portrait().frame.image_rgb, portrait().faces[0])
    return image


def patched(image_rgb: ImageRGB, face: MeshFace | None = None) -> Patch:
    found = patch_of(image_rgb, face or portrait().faces[0])
    assert found is not None
    return found


def tensor(image_rgb: ImageRGB) -> Any:
    return torch.from_numpy(image_rgb.astype(np.float32)).permute(2, 0, 1)[None].contiguous()


def test_the_network_says_the_same_in_both_runtimes(swap: ImageRGB) -> None:
    crop = patched(swap).crop_of(swap)
    with torch.no_grad():
        both = torch.cat([tensor(crop), tensor(crop).flip(3)])
        assert float(our_network()(both)[0].mean()) == pytest.approx(logit_of(crop), abs=0.01)


@pytest.mark.parametrize(("scale", "shift"), [(1.0, (0, 0)), (3.2, (0, 0)), (1.0, (-190, -120))])
def test_the_alignment_that_is_differentiated_is_the_one_of_the_check(
    swap: ImageRGB, scale: float, shift: tuple[int, int]
) -> None:
    from PIL import Image

    height, width = swap.shape[:2]
    image = np.asarray(Image.fromarray(swap).resize((int(width * scale), int(height * scale))))
    moved = portrait().faces[0].landmarks * scale + (*shift, 0)
    patch = patched(image, MeshFace(moved.astype(np.float32), 1.0))
    if shift != (0, 0):
        assert max(patch.beyond) > 50, "this face is cut by the edge of the picture"
    ours = crop_of(tensor(patch.image_rgb), patch)[0].permute(1, 2, 0).numpy()
    assert np.abs(ours - patch.crop_of(image)).mean() < 0.6
    assert np.abs(ours - patch.crop_of(image)).max() < 4


def test_the_gradient_lowers_the_logit_of_the_picture_within_the_budget(swap: ImageRGB) -> None:
    scene = Scene(Frame(swap, 0.0, 0), portrait().faces)
    (made,) = Evade(psnr_db=38, ssim=0.8, steps=6).forge([scene])
    patch, before = patched(swap), patched(swap).image_rgb
    after = patched(made.image_rgb).image_rgb
    assert psnr_db(before, after) >= 38
    assert logit_of(patch.crop_of(made.image_rgb)) < logit_of(patch.crop_of(swap)) - 0.7
    untouched = made.mask == 0
    assert (made.image_rgb[untouched] == swap[untouched]).all()
    assert 0.05 < made.mask.mean() < 0.6


def test_the_score_alone_lowers_it_too_and_the_same_seed_gives_the_same_picture(swap: ImageRGB) -> None:
    scene = Scene(Frame(swap, 0.0, 0), portrait().faces)
    attack = Evade(how="score", psnr_db=36, ssim=0.8, queries=24)
    (one,), (two,) = attack.forge([scene], seed=5), attack.forge([scene], seed=5)
    assert (one.image_rgb == two.image_rgb).all()
    assert logit_of(patched(swap).crop_of(one.image_rgb)) < logit_of(patched(swap).crop_of(swap))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"aware": "perhaps"}, "aware: Input should be a valid boolean"),
        ({"aware": "true", "how": "score"}, "aware=true needs how=gradient, but got how=score"),
        ({"how": "luck"}, "how"),
        ({"psnr_db": "20"}, r"psnr_db must be in 30\.\.60"),
    ],
)
def test_wrong_parameters_are_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        registry.make("evade", settings)


def test_what_is_good_enough_comes_back_itself(swap: ImageRGB) -> None:
    patch = patched(swap)
    start = np.full(patch.image_rgb.shape, 0.25, np.float32)

    def found(goal: float) -> np.ndarray:
        rng = np.random.default_rng(0)
        return by_gradient.descend(patch, radius=600, steps=2, goal=goal, rng=rng, start=start)

    assert found(50.0) is start
    assert found(-50.0) is not start


def test_the_threads_of_pytorch_are_as_before() -> None:
    before = torch.get_num_threads()
    with by_gradient.one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_where_there_is_no_face_nothing_changes(swap: ImageRGB) -> None:
    (made,) = Evade(how="score").forge([Scene(Frame(swap, 0.0, 0), ())])
    assert (made.image_rgb == swap).all()
    assert not made.mask.any()


def test_without_pytorch_the_next_step_is_said(swap: ImageRGB, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = builtins.__import__

    def without_torch(name: str, *more: Any, **options: Any) -> Any:
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return genuine(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without_torch)
    with pytest.raises(UsageError, match=r"pip install 'facewarden\[lab\]'.*how=score"):
        list(Evade().forge([Scene(Frame(swap, 0.0, 0), portrait().faces)]))


def test_another_alignment_is_a_little_away_and_no_more() -> None:
    patch = patched(portrait().frame.image_rgb)
    rng = np.random.default_rng(0)
    corners = np.array([[0, 0], [256, 256]], float)
    for _ in range(50):
        other = by_gradient.jittered(patch.to_crop, rng)
        inverse = np.linalg.inv(np.vstack([patch.to_crop, [0, 0, 1]]))
        moved = np.vstack([other, [0, 0, 1]]) @ inverse
        away = corners @ moved[:2, :2].T + moved[:2, 2] - corners
        assert 0 < np.abs(away).max() < 12
