"""Does the network's word on a photo hold when the same face is seen a little worse?

Whoever has the network can change a forgery unseen until it is called genuine, but what he adds is fine and exact: blur
or strong JPEG take it away, and the traces of the forgery come back. A genuine face is judged much alike through both.
So where a face without traces shows them in a worse copy, nothing is said about it (reason ``unstable``). It costs an
attacker more visible change; it does not stop one who tunes the change to survive these copies as well.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from facewarden.media.frame import ImageRGB

_BLUR_PX = 2.0
_QUALITY = 30


def worse_copies(crop_rgb: ImageRGB) -> tuple[ImageRGB, ImageRGB]:
    """The aligned crop (S, S, 3) blurred, and after strong JPEG."""
    picture = Image.fromarray(crop_rgb)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY)
    with Image.open(stream) as compressed:
        return (
            np.asarray(picture.filter(ImageFilter.GaussianBlur(_BLUR_PX))),
            np.asarray(compressed.convert("RGB")),
        )


def jump(logit: float, worse: Sequence[float] | npt.NDArray[np.float32]) -> float:
    """How much more suspicious the most suspicious of the worse copies is than the face as it is."""
    return float(np.max(worse)) - logit
