"""Baselines that look at no picture: what they reach, a detector may have reached by the same shortcut."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from facewarden.lab.dataset import Item, Twins, twins
from facewarden.lab.peers.headers import read_header
from facewarden.lab.peers.logistic import HeaderModel
from facewarden.media.facts import MediaKind


@dataclass(frozen=True)
class MetadataDetector:
    """A logistic model of headers for each kind of media; abstains on media it was not fitted to."""

    models: dict[MediaKind, HeaderModel]
    kinds: dict[str, MediaKind] = field(repr=False)
    version: str = "1"
    name: str = "metadata"

    @classmethod
    def fit(cls, items: Sequence[Item], kinds: dict[str, MediaKind]) -> MetadataDetector:
        """Fit to `items` (of the split ``train``); every method weighs the same, lest the largest rule.

        `kinds` maps the file suffixes that will be asked about, such as ``.mp4``, to the kind of media.
        """
        digest = hashlib.sha256()
        models: dict[MediaKind, HeaderModel] = {}
        media: tuple[MediaKind, ...] = ("photo", "clip")
        for kind in media:
            pool = [item for item in items if item.media == kind]
            if len({item.label for item in pool}) < 2:
                continue
            count = Counter((item.method, item.label) for item in pool)
            model = HeaderModel.fit(
                [read_header(item.path, kind) for item in pool],
                np.array([item.is_fake for item in pool]),
                np.array([1 / count[item.method, item.label] for item in pool]),
            )
            models[kind] = model
            digest.update(kind.encode() + np.round(model.weights, 9).tobytes())
        return cls(models, kinds, digest.hexdigest()[:12])

    def predict(self, path: Path) -> float | None:
        kind = self.kinds.get(path.suffix.lower())
        if kind is None or kind not in self.models:
            return None
        return float(self.models[kind].scores([read_header(path, kind)])[0])


@dataclass(frozen=True)
class BitrateDetector:
    """The logarithm of bits spent on a pixel, with the sign that tells forgeries from their twins in training.

    Smooth forgeries compress to less, but a forger who encodes better leaves more bits; which of the two it is
    differs between collections, so the direction is learnt for each kind of media. Where no twins were seen,
    fewer bits count as suspicious.
    """

    kinds: dict[str, MediaKind] = field(repr=False)
    signs: dict[MediaKind, float] = field(default_factory=dict)
    name: str = "bitrate"

    @property
    def version(self) -> str:
        return "2-" + "".join(f"{kind}{sign:+.0f}" for kind, sign in sorted(self.signs.items()))

    @classmethod
    def fit(cls, items: Sequence[Item], kinds: dict[str, MediaKind]) -> BitrateDetector:
        """Learn the signs from the twins among `items`: the way that most of them go, each pair one vote."""
        return cls(kinds, learnt_signs(twins(items), _bits_per_pixel))

    def predict(self, path: Path) -> float | None:
        kind = self.kinds.get(path.suffix.lower())
        if kind is None:
            return None
        return float(self.signs.get(kind, -1.0) * np.log(_bits_per_pixel(path, kind)))


def learnt_signs(
    couples: Iterable[Twins], measure: Callable[[Path, MediaKind], float]
) -> dict[MediaKind, float]:
    """For each kind of media 1 where most forgeries measure more than their twins, else -1."""
    votes: dict[MediaKind, float] = {}
    for couple in couples:
        media = couple.fake.media
        more = measure(couple.fake.path, media) - measure(couple.real.path, media)
        votes[media] = votes.get(media, 0.0) + float(np.sign(more))
    return {media: 1.0 if vote > 0 else -1.0 for media, vote in votes.items()}


def _bits_per_pixel(path: Path, kind: MediaKind) -> float:
    return read_header(path, kind).numbers["bits_per_pixel"]


def kinds_by_suffix(items: Sequence[Item]) -> dict[str, MediaKind]:
    """Return suffix to kind of media as the items have them; a suffix used for both counts as the later."""
    return {item.path.suffix.lower(): item.media for item in items}
