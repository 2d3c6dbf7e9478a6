"""What leaves for the lists of others: hashes of whole pictures and of files, and nothing else of a person."""

from __future__ import annotations

from collections.abc import Iterator

from facewarden.matching.exchange import Kind, Signal
from facewarden.protect.person import Features, ItemFeatures, Person


def signals_of(person: Person, features: Features, *, photos: bool = False) -> Iterator[Signal]:
    """The hashes of her material.

    Args:
        photos: whether those of the photos by whose face she is found go along. On a list that others block by, they
            would have her own portraits blocked.
    """
    for material in person.materials:
        item = features.item(material.number)
        if item is not None and (photos or material.face is None):
            yield from _signals(item)


def _signals(item: ItemFeatures) -> Iterator[Signal]:
    picture = item.picture_print()
    if picture is not None and picture.whole.useful:
        yield Signal(Kind.PDQ, picture.whole.hex, picture.whole.quality)
    if item.md5 is not None:
        yield Signal(Kind.VIDEO_MD5 if item.seconds is not None else Kind.PHOTO_MD5, item.md5)
    if item.sha256 is not None:
        yield Signal(Kind.SHA256, item.sha256)
