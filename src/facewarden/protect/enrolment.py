"""From photos to what may be kept of them: which are fit, which are the same picture, and which show somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from facewarden.errors import MediaError, UsageError
from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import Embedding, IdentityEncoder
from facewarden.matching.clips import ClipPrint, clip_print
from facewarden.matching.digests import Digests, digests_of
from facewarden.matching.lookup import Abstention, Tier
from facewarden.matching.match import PictureIndex, enrolled_print
from facewarden.matching.negative import NegativeList
from facewarden.matching.prints import PicturePrint
from facewarden.media import Limits, open_media, probe
from facewarden.messages import Message, say
from facewarden.protect.person import FaceQuality, Features, ItemFeatures, Material, Person
from facewarden.protect.quality import judged

MOST_PHOTOS = 20
ENOUGH_PHOTOS = 3
STRANGER_DISTANCE = 0.55
"""Photos further apart show different people. Wider than what recognises a stranger's file, as the same person on
another day lies up to .53 away, and whoever enrols has said that it is one person."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file that was given to be enrolled.

    Attributes:
        faults: what speaks against it; none where it is accepted.
        notes: what else is to be said.
    """

    digests: Digests | None = None
    kind: str = "photo"
    quality: FaceQuality | None = None
    embedding: Embedding | None = None
    picture: PicturePrint | None = None
    clip: ClipPrint | None = None
    faults: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()

    @property
    def accepted(self) -> bool:
        return not self.faults


@dataclass(slots=True)
class Enrolment:
    """Looks at the files of one person; loads its networks when asked first.

    Attributes:
        known: what is enrolled of her already.
        negative: hashes of pictures that never count as a copy, so that enrolling them would be of no use.
    """

    known: Features = field(default_factory=Features)
    negative: NegativeList = field(default_factory=NegativeList)
    limits: Limits = field(default_factory=Limits)
    finder: FaceFinder = field(default_factory=FaceFinder)
    encoder: IdentityEncoder = field(default_factory=IdentityEncoder)

    def photos(self, paths: Sequence[Path]) -> list[Candidate]:
        """Weigh 1 to 20 photos, each of which shows the person and nobody else. Raises UsageError."""
        if not 1 <= len(paths) <= MOST_PHOTOS:
            raise UsageError(f"1 to {MOST_PHOTOS} photos are enrolled at once, but {len(paths)} were named.")
        index = self._index()
        candidates = [self._photo(path, index, 1 << 20 | number) for number, path in enumerate(paths)]
        return without_strangers(candidates, self._templates())

    def material(self, paths: Sequence[Path]) -> list[Candidate]:
        """Hash photos and clips that are only to be found again; no face is needed, and none becomes a template."""
        digests = {item.sha256 for item in self.known.items}
        candidates = []
        for path in paths:
            candidate = self._material(path)
            if (found := candidate.digests) is not None:
                if found.sha256 in digests:
                    candidate = replace(candidate, faults=(Message("enrol.duplicate"),))
                digests.add(found.sha256)
            candidates.append(candidate)
        return candidates

    def _photo(self, path: Path, index: PictureIndex, number: int) -> Candidate:
        try:
            digests = digests_of(path, self.limits)
            with open_media(path, limits=self.limits) as media:
                if media.facts.kind != "photo":
                    return Candidate(faults=(Message("enrol.not_photo"),))
                if media.facts.sha256 != digests.sha256:
                    raise MediaError(say("error.not_readable"), reason="not_readable")
                frame = next(iter(media.frames()))
        except MediaError as error:
            return Candidate(faults=(Message(f"error.{error.reason}"),))
        faces = self.finder.find(frame.image_rgb, thorough=True, last_resort=True)
        if len(faces) != 1:
            fault = Message("enrol.many_faces", {"count": len(faces)}) if faces else Message("enrol.no_face")
            return Candidate(digests, faults=(fault,))
        quality, faults = judged(frame, faces[0])
        if faults:
            return Candidate(digests, quality=quality, faults=tuple(faults))
        lookup = index.match(frame.image_rgb)
        if lookup.abstained is Abstention.NEGATIVE_LIST:
            return Candidate(digests, quality=quality, faults=(Message("enrol.ignored"),))
        if any(match.tier is Tier.CONFIRMED for match in lookup.matches):
            return Candidate(digests, quality=quality, faults=(Message("enrol.duplicate"),))
        kept = enrolled_print(frame.image_rgb, self.finder)
        if kept.useful:
            index.add(number, kept)
        embedding = self.encoder.embed(frame.image_rgb, faces[0].landmarks)
        return Candidate(digests, quality=quality, embedding=embedding, picture=kept)

    def _material(self, path: Path) -> Candidate:
        try:
            digests = digests_of(path, self.limits)
            facts = probe(path, self.limits)
            if facts.kind == "clip":
                clip = clip_print(path, finder=self.finder, limits=self.limits)
                return Candidate(digests, "clip", clip=clip, notes=_note_on(clip))
            with open_media(path, limits=self.limits) as media:
                frame = next(iter(media.frames()))
        except MediaError as error:
            return Candidate(faults=(Message(f"error.{error.reason}"),))
        picture = enrolled_print(frame.image_rgb, self.finder)
        if self.negative.holds(picture.whole):
            return Candidate(digests, faults=(Message("enrol.ignored"),))
        return Candidate(digests, picture=picture, notes=_note_on(picture))

    def _index(self) -> PictureIndex:
        prints = {item.number: item.picture_print() for item in self.known.items}
        index = PictureIndex(finder=self.finder, negative=self.negative)
        for number, kept in prints.items():
            if kept is not None and kept.useful:
                index.add(number, kept)
        return index

    def _templates(self) -> list[Embedding]:
        found = [item.embedding() for item in self.known.items]
        return [template.astype(np.float32) for template in found if template is not None]


def without_strangers(candidates: Sequence[Candidate], known: Sequence[Embedding]) -> list[Candidate]:
    """Refuse those whose face is not that of the others, or of whom is `known`.

    Photos belong together that are near to each other, directly or over others between them. The largest such group
    is the person; where two are equally large, nobody can tell.
    """
    places = [place for place, each in enumerate(candidates) if each.accepted and each.embedding is not None]
    points = [
        *known,
        *(embedding for place in places if (embedding := candidates[place].embedding) is not None),
    ]
    if len(points) < 2:
        return list(candidates)
    array = np.array(points, np.float64)
    distances = np.linalg.norm(array[:, None] - array[None], axis=2)
    groups = _groups(distances <= STRANGER_DISTANCE)
    # What is enrolled already is the person, however many photos there are of somebody else now.
    own = set(range(len(known))) | {p for group in groups if group & set(range(len(known))) for p in group}
    if not known:
        largest = max(len(group) for group in groups)
        first, *others = [group for group in groups if len(group) == largest]
        own = set() if others else first
    judged_ = list(candidates)
    for point, place in enumerate(places, len(known)):
        if point in own:
            continue
        if own:
            near = float(min(distances[point, other] for other in own))
            fault = Message("enrol.stranger", {"distance": f"{near:.2f}"})
        else:
            fault = Message("enrol.undecided")
        judged_[place] = replace(candidates[place], faults=(fault,))
    return judged_


def with_candidates(
    person: Person, features: Features, candidates: Sequence[Candidate], *, now: str
) -> tuple[Person, Features]:
    """The record and the features with those that were accepted."""
    materials, items = list(person.materials), list(features.items)
    number = person.next_number
    for each in candidates:
        if not each.accepted:
            continue
        kind = "clip" if each.kind == "clip" else "photo"
        materials.append(
            Material.model_validate({"number": number, "kind": kind, "added_at": now, "face": each.quality})
        )
        items.append(
            ItemFeatures.of(
                number,
                md5=each.digests.md5 if each.digests else None,
                sha256=each.digests.sha256 if each.digests else None,
                embedding=each.embedding,
                picture=each.picture,
                clip=each.clip,
            )
        )
        number += 1
    changed = person.model_copy(update={"materials": tuple(materials), "next_number": number})
    return changed, features.model_copy(update={"items": tuple(items)})


def _note_on(kept: PicturePrint | ClipPrint) -> tuple[Message, ...]:
    return () if kept.useful else (Message("enrol.shows_too_little"),)


def _groups(near: np.ndarray) -> list[set[int]]:
    """Connected components of (N, N) neighbours."""
    left = set(range(len(near)))
    groups = []
    while left:
        group, edge = set(), {left.pop()}
        while edge:
            point = edge.pop()
            group.add(point)
            reached = {other for other in left if near[point, other]}
            left -= reached
            edge |= reached
        groups.append(group)
    return groups
