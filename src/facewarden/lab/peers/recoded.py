"""A baseline for twins: how many bits a picture takes when it is encoded anew, each file with the same settings.

The bits of the file as it came depend on whoever encoded it. Encoded alike, the smoother picture takes fewer: a
shortcut that any detector of smoothness uses, and that a good one has to beat.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from PIL import Image

from facewarden.lab.dataset import Item, Twins, twins
from facewarden.lab.peers.metadata import learnt_signs
from facewarden.lab.training.prepare import Recoding, recode
from facewarden.media.facts import MediaKind

_JPEG_QUALITY = 75
_CLIP = Recoding("crf23", 23)


@dataclass(frozen=True)
class RecodedBits:
    """The logarithm of bits a pixel after encoding anew, signed as forgeries and their twins in training say.

    Photos become JPEG 75, clips H.264 at CRF 23. Where no twins were seen, fewer bits count as suspicious.
    """

    kinds: dict[str, MediaKind] = field(repr=False)
    signs: dict[MediaKind, float] = field(default_factory=dict)
    name: str = "recoded bits"

    @property
    def version(self) -> str:
        return "1-" + "".join(f"{kind}{sign:+.0f}" for kind, sign in sorted(self.signs.items()))

    @classmethod
    def fit(
        cls, items: Sequence[Item], kinds: dict[str, MediaKind], *, most: int = 200, seed: int = 0
    ) -> RecodedBits:
        """Learn the signs from at most `most` pairs of twins of each kind, drawn by `seed`, each pair one vote."""
        couples = twins(items)
        chosen: list[Twins] = []
        for kind in dict.fromkeys(couple.fake.media for couple in couples):
            pool = [couple for couple in couples if couple.fake.media == kind]
            chosen += [pool[n] for n in np.random.default_rng(seed).permutation(len(pool))[:most]]
        return cls(kinds, learnt_signs(chosen, recoded_bits_per_pixel))

    def predict(self, path: Path) -> float | None:
        kind = self.kinds.get(path.suffix.lower())
        if kind is None:
            return None
        return float(self.signs.get(kind, -1.0) * np.log(recoded_bits_per_pixel(path, kind)))


def recoded_bits_per_pixel(path: Path, kind: MediaKind) -> float:
    """Bits a pixel of the lab's own file `path`, encoded anew; raises OSError where it cannot be read."""
    if kind == "photo":
        buffer = io.BytesIO()
        with Image.open(path) as picture:
            plain = picture.convert("RGB")
        plain.save(buffer, "JPEG", quality=_JPEG_QUALITY)
        return 8 * buffer.tell() / (plain.width * plain.height)
    with av.open(recode(path, _CLIP), "r") as container:
        stream = container.streams.video[0]
        sizes = [packet.size for packet in container.demux(stream) if packet.size]
        area = stream.codec_context.width * stream.codec_context.height
    return 8 * sum(sizes) / (len(sizes) * area)
