"""Shortcuts in a made-up collection: found where they are planted, and not where there are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab import dataset
from facewarden.lab.audit import audit, markdown


def test_softer_twins_take_fewer_bits(collection: Callable[..., Path]) -> None:
    found = audit(dataset.load(collection(softness=0.6)).items)
    facts = {one.fact: one for one in found}
    assert facts["bits_per_pixel"].suspicious
    assert not facts["bits_per_pixel"].higher
    assert facts["width"].auc == 0.5
    assert [one.auc for one in found] == sorted((one.auc for one in found), reverse=True)
    table = markdown(found)
    assert "| swap | portraits | bits_per_pixel | less |" in table
    assert "**tells the classes apart**" in table


def test_twins_alike_give_nothing_away(collection: Callable[..., Path]) -> None:
    found = audit(dataset.load(collection(pairs=40, softness=0.0)).items)
    assert not any(one.suspicious for one in found)
    assert len(markdown(found, most=2).splitlines()) == 2 + 2


def test_words_count_too(collection: Callable[..., Path]) -> None:
    from PIL import Image

    root = collection(softness=0.0)
    for path in root.rglob("fake/*.jpg"):
        with Image.open(path) as picture:
            picture.load()
        picture.save(path, "JPEG", progressive=True, quality=90)
    facts = {one.fact: one for one in audit(dataset.load(root).items)}
    assert facts["progressive = True"].auc == 1
    assert facts["progressive = True"].higher


def test_what_cannot_be_audited_is_said(collection: Callable[..., Path]) -> None:
    items = dataset.load(collection()).items
    with pytest.raises(UsageError, match="no forgeries with genuine files"):
        audit([item for item in items if item.is_fake])
    items[0].path.write_bytes(b"no picture")
    with pytest.raises(UsageError, match="cannot be read as a photo"):
        audit(items)
