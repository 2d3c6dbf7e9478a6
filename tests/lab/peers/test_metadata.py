from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from facewarden.lab import dataset
from facewarden.lab.bench.metrics import auc
from facewarden.lab.peers.metadata import BitrateDetector, MetadataDetector, kinds_by_suffix


def test_metadata_carries_over_to_other_files(collection: Callable[..., Path]) -> None:
    train = dataset.load(collection("train", split="train", pairs=15, softness=0.7)).items
    dev = dataset.load(collection("dev", pairs=10, softness=0.7)).items
    detector = MetadataDetector.fit(train, kinds_by_suffix(train))
    scores = np.array([detector.predict(item.path) for item in dev])
    assert auc(scores, np.array([item.is_fake for item in dev])) > 0.95


def test_another_fit_is_another_version(collection: Callable[..., Path]) -> None:
    one = dataset.load(collection("one", pairs=6)).items
    two = dataset.load(collection("two", pairs=6, softness=0.9)).items
    kinds = kinds_by_suffix(one)
    first = MetadataDetector.fit(one, kinds).version
    assert first == MetadataDetector.fit(one, kinds).version
    assert first != MetadataDetector.fit(two, kinds).version


def test_media_that_it_was_not_fitted_to_are_not_judged(collection: Callable[..., Path]) -> None:
    items = dataset.load(collection(pairs=4)).items
    detector = MetadataDetector.fit(items, {".jpg": "photo", ".mp4": "clip"})
    assert detector.predict(Path("some.mp4")) is None
    assert detector.predict(Path("some.xyz")) is None
    assert BitrateDetector({}).predict(items[0].path) is None


def test_fewer_bits_score_higher(tmp_path: Path, noise_photo: Callable[..., Path]) -> None:
    detector = BitrateDetector({".jpg": "photo"})
    sharp = detector.predict(noise_photo(tmp_path / "sharp.jpg", seed=1))
    soft = detector.predict(noise_photo(tmp_path / "soft.jpg", seed=1, softness=0.8))
    assert sharp is not None
    assert soft is not None
    assert soft > sharp


def test_the_direction_is_learnt_from_twins(collection: Callable[..., Path]) -> None:
    items = dataset.load(collection(pairs=5, softness=0.7)).items
    turned = [replace(item, label="real" if item.is_fake else "fake") for item in items]
    kinds = kinds_by_suffix(items)
    plain, contrary = BitrateDetector.fit(items, kinds), BitrateDetector.fit(turned, kinds)
    assert plain.signs == {"photo": -1.0}
    assert contrary.signs == {"photo": 1.0}
    assert plain.version != contrary.version
    path = items[0].path
    assert plain.predict(path) == pytest.approx(-(contrary.predict(path) or 0.0))


def test_without_twins_fewer_bits_are_suspicious(collection: Callable[..., Path]) -> None:
    items = [item for item in dataset.load(collection(pairs=3)).items if item.is_fake]
    assert BitrateDetector.fit(items, {}).signs == {}
