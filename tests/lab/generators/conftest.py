from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from facewarden.lab.generators.material import Squares

for package in ("torch", "cv2", "scipy", "skimage", "matplotlib"):
    pytest.importorskip(package, reason=f"needs the extra [lab]: {package} is missing")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """Where tests run side by side, threads that wait for each other take minutes."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def people() -> list[Squares]:
    """Two people, a few squares of 32 px each."""
    from facewarden.faces.finder import FaceFinder
    from facewarden.lab.generators.material import Squares
    from tests.lab.attacks.scenes import moving, source

    (face,) = FaceFinder().find(source())
    hopper = [(scene.frame.image_rgb, scene.faces[0]) for scene in moving(3)]
    return [Squares.of_frames(hopper, 32), Squares.of_frames([(source(), face)] * 2, 32)]
