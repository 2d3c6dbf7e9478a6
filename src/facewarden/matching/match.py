"""Is this picture a copy of an enrolled one? The whole decision, in two tiers, with its reason.

`confirmed` may be acted upon; `review` is for a person to look at. A query is looked up as it is and in the ways of
`views`, then by its faces, then as a crop (`crops`); what lies between 32 and 70 bits is compared part by part
(`verify`).
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from facewarden.matching.crops import crops_among
from facewarden.matching.face_anchor import FaceAnchor, anchors_of, closest, largest
from facewarden.matching.faces_apart import FindsFaces, a_face_differs, is_another_face
from facewarden.matching.index import HashIndex, Near
from facewarden.matching.lookup import Abstention, Lookup, PictureMatch, Reason, Tier
from facewarden.matching.negative import NegativeList
from facewarden.matching.pdq import MATCH, REVIEW, Pdq, digests_of, pdq_of, reduced, turned, words_of
from facewarden.matching.prints import PicturePrint, print_of
from facewarden.matching.verify import agreement, crop_agreement
from facewarden.matching.views import View, plain_views, tilted_views
from facewarden.media.frame import ImageRGB

if TYPE_CHECKING:
    from facewarden.faces.mesh import MeshFace

FACE_REVIEW = 60
"""Squares around a face: up to here it is worth to lay them more exactly, and beyond it another picture."""

CROP_REVIEW = 40
"""Bits up to which the middle of a crop is worth a look; none of 2 million pairs of different pictures came as near."""

_LOOK_SIDE = 1024
_MOST_COMPARED = 8


def enrolled_print(image_rgb: ImageRGB, finder: FindsFaces) -> PicturePrint:
    """The print of a picture with its faces, to be given to `PictureIndex.add`."""
    seen = reduced(image_rgb, _LOOK_SIDE)
    return print_of(seen, finder.find(seen, thorough=True, last_resort=True))


class PictureIndex:
    """The enrolled pictures, by number, ready to be asked.

    Args:
        finder: of faces, for the queries.
        negative: hashes that never count.
        prints: where the prints are kept; a plain dictionary by default, 4.4 KB for each in memory. A mapping that
            fetches and decrypts one when it is asked for is enough: a query asks for the few that came near.
        indexed: the hashes of `prints`, whole ones, squares around faces and middles, where the caller has them
            already; then no print is fetched before it came near.
    """

    def __init__(
        self,
        *,
        finder: FindsFaces,
        negative: NegativeList | None = None,
        prints: MutableMapping[int, PicturePrint] | None = None,
        indexed: tuple[HashIndex, HashIndex, HashIndex] | None = None,
    ) -> None:
        self._finder = finder
        self._negative = negative or NegativeList()
        self._prints = {} if prints is None else prints
        self._wholes, self._anchors, self._middles = indexed or (HashIndex(), HashIndex(), HashIndex())
        if indexed is None:
            for picture, kept in self._prints.items():
                self._index(picture, kept)

    def __len__(self) -> int:
        return len(self._prints)

    def add(self, picture: int, kept: PicturePrint) -> None:
        """Enrol a print under a number. Raises ValueError where the number is taken or nothing in it is useful."""
        if picture in self._prints:
            raise ValueError(f"picture {picture} is enrolled already")
        if not kept.useful:
            raise ValueError(
                "the picture shows too little to be told from others: no face, and hardly a texture"
            )
        self._prints[picture] = kept
        self._index(picture, kept)

    def remove(self, picture: int) -> bool:
        """Forget a picture; tells whether there was one."""
        self._wholes.remove(picture)
        self._anchors.remove(picture)
        self._middles.remove(picture)
        return self._prints.pop(picture, None) is not None

    def match(self, image_rgb: ImageRGB) -> Lookup:
        """Look one picture up, (H, W, 3)."""
        seen = reduced(image_rgb, _LOOK_SIDE)
        whole = pdq_of(seen)
        if self._negative.holds(whole):
            return Lookup(abstained=Abstention.NEGATIVE_LIST, hashes=1)
        views = [view for view in plain_views(seen) if not self._negative.holds(view.pdq)]
        found = self._by_views(seen, views)
        hashes = 1 + len(views)
        if not _confirmed(found):
            faces = self._finder.find(seen, thorough=True, last_resort=True)
            anchors = [
                (anchor, turn) for turn in (0, 4) for anchor in anchors_of(seen, faces, mirrored=turn == 4)
            ]
            hashes += len(anchors)
            found = _better(found, self._by_faces(seen, largest(faces), anchors))
            if not views and not anchors:
                return Lookup(abstained=Abstention.LOW_QUALITY, hashes=hashes)
            if not faces and not _confirmed(found):
                tilted = tilted_views(seen)
                hashes += len(tilted)
                found = _better(found, self._by_views(seen, tilted))
            if not _confirmed(found):
                tried, crops = self._by_crops(seen)
                hashes += tried
                found = _better(found, crops)
        ranked = sorted(found.values(), key=lambda match: (match.tier is Tier.REVIEW, match.distance))
        return Lookup(matches=tuple(ranked), hashes=hashes)

    def _index(self, picture: int, kept: PicturePrint) -> None:
        if kept.whole.useful:
            _add(self._wholes, [kept.whole], picture)
        _add(self._anchors, [each.pdq for each in kept.anchors], picture)
        if kept.middle.useful:
            _add(self._middles, [kept.middle], picture)

    def _by_views(self, seen: ImageRGB, views: Sequence[View]) -> dict[int, PictureMatch]:
        nearest: dict[int, tuple[int, View]] = {}
        for view, near in zip(views, _within(self._wholes, [v.pdq for v in views], REVIEW), strict=True):
            for picture, bits in _pairs(near):
                if picture not in nearest or bits < nearest[picture][0]:
                    nearest[picture] = bits, view
        ranked = sorted(nearest.items(), key=lambda item: item[1][0])
        return {
            picture: self._judged(seen, picture, bits, view, closely=rank < _MOST_COMPARED)
            for rank, (picture, (bits, view)) in enumerate(ranked)
        }

    def _judged(self, seen: ImageRGB, picture: int, bits: int, view: View, *, closely: bool) -> PictureMatch:
        match = PictureMatch(picture, Tier.REVIEW, Reason.NEAR, bits, turn=view.turn, tilt_deg=view.tilt_deg)
        if bits <= MATCH:
            match = replace(match, tier=Tier.CONFIRMED, reason=Reason.SAME_PICTURE)
        if not closely:
            return match
        laid, kept = view.lay(seen), self._prints[picture]
        surroundings_agree = bits <= MATCH
        if bits > MATCH:
            found = agreement(laid, kept)
            match = replace(match, agreement=found)
            if found.same_picture:
                match = replace(match, tier=Tier.CONFIRMED, reason=Reason.SAME_PARTS)
            surroundings_agree = found.same_picture or found.outside_agrees is True
        if surroundings_agree:
            differs = a_face_differs(self._finder, laid, kept)
            match = replace(match, same_face=differs is False)
            if differs:
                match = replace(match, reason=Reason.ONLY_FACE_DIFFERS)
        return match

    def _by_faces(
        self, seen: ImageRGB, faces: Sequence[MeshFace], anchors: Sequence[tuple[FaceAnchor, int]]
    ) -> dict[int, PictureMatch]:
        near_each = _within(self._anchors, [anchor.pdq for anchor, _ in anchors], FACE_REVIEW)
        nearest: dict[int, tuple[int, FaceAnchor, int, Pdq]] = {}
        for (anchor, turn), near in zip(anchors, near_each, strict=True):
            digests = digests_of(near.words)
            for (picture, bits), digest in zip(_pairs(near), digests, strict=True):
                if picture not in nearest or bits < nearest[picture][0]:
                    nearest[picture] = bits, anchor, turn, Pdq(digest)
        found: dict[int, PictureMatch] = {}
        ranked = sorted(nearest.items(), key=lambda item: item[1][0])
        for rank, (picture, (first, anchor, turn, kept)) in enumerate(ranked):
            bits = first
            if bits > MATCH and rank < _MOST_COMPARED:
                bits = closest(seen, faces[anchor.face], anchor, kept, mirrored=turn == 4)
            if bits <= MATCH:
                anchors_kept = self._prints[picture].anchors
                own = _face_of(kept, anchors_kept)
                differs = (
                    None
                    if own is None
                    else is_another_face(seen, faces[anchor.face], anchors_kept, own, mirrored=turn == 4)
                )
                tier = Tier.CONFIRMED
                reason = Reason.ONLY_FACE_DIFFERS if differs else Reason.SAME_FACE_REGION
            else:
                tier, reason, differs = Tier.REVIEW, Reason.NEAR, None
            found[picture] = PictureMatch(
                picture, tier, reason, bits, by_face=True, turn=turn, same_face=differs is False
            )
        return found

    def _by_crops(self, seen: ImageRGB) -> tuple[int, dict[int, PictureMatch]]:
        """How many hashes were tried, and the pictures of which the query may be a crop."""
        found: dict[int, PictureMatch] = {}
        small = reduced(seen)
        tried, crops = crops_among(self._middles, small)
        for picture, crop in crops:
            kept = self._prints[picture]
            agrees = crop_agreement(crop.lay(small), crop.shown, kept)
            if agrees.middle is None or agrees.middle > CROP_REVIEW or self._negative.holds(kept.whole):
                continue
            tier, reason, differs = Tier.REVIEW, Reason.NEAR, None
            if agrees.same_picture and not crop.is_practically_whole:
                # Not laid on a canvas: a square that reaches beyond the crop must not be compared.
                differs = a_face_differs(self._finder, turned(seen, crop.turn), kept, crop.shown)
                tier, reason = Tier.CONFIRMED, Reason.ONLY_FACE_DIFFERS if differs else Reason.SAME_CROP
            found[picture] = PictureMatch(
                picture,
                tier,
                reason,
                agrees.middle,
                turn=crop.turn,
                shown=crop.within,
                same_face=differs is False,
            )
        return tried, found


def _add(index: HashIndex, hashes: Sequence[Pdq], picture: int) -> None:
    index.add(words_of(hashes), np.full(len(hashes), picture, np.int64))


def _within(index: HashIndex, hashes: Sequence[Pdq], radius: int) -> list[Near]:
    return index.within_each(words_of(hashes), radius)


def _pairs(near: Near) -> list[tuple[int, int]]:
    return [(int(owner), int(bits)) for owner, bits in zip(near.owners, near.distances, strict=True)]


def _confirmed(found: dict[int, PictureMatch]) -> bool:
    return any(match.tier is Tier.CONFIRMED for match in found.values())


def _better(one: dict[int, PictureMatch], other: dict[int, PictureMatch]) -> dict[int, PictureMatch]:
    """The surer match for each picture; a lead to a swap gives way to nothing but a sure copy."""
    merged = dict(one)
    for picture, match in other.items():
        if picture not in merged or _rank(match) < _rank(merged[picture]):
            merged[picture] = match
    return merged


def _rank(match: PictureMatch) -> tuple[bool, bool, int]:
    return match.tier is Tier.REVIEW, match.reason is Reason.NEAR, match.distance


def _face_of(pdq: Pdq, anchors: Sequence[FaceAnchor]) -> int | None:
    """The number of the enrolled face whose square has this hash."""
    return next((anchor.face for anchor in anchors if anchor.pdq.digest == pdq.digest), None)
