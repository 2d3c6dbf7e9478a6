"""From what a file showed to the report on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

import facewarden
from facewarden.matching.lookup import Abstention, Lookup, PictureMatch, Reason, Tier
from facewarden.matching.pdq import REVIEW
from facewarden.messages import Parameter
from facewarden.protect.listed_copies import listed_copies
from facewarden.protect.poses import without_other_poses
from facewarden.protect.registry import Item, Recognised, Registry
from facewarden.protect.report import (
    CopyFound,
    FaceFound,
    ListedFound,
    MatchReport,
    PersonFound,
    SharedSpan,
    SwapLead,
)
from facewarden.protect.report import (
    Tier as FoundTier,
)
from facewarden.protect.sentences import sentence
from facewarden.protect.sighting import Sighting
from facewarden.report.model import Box, Sentence
from facewarden.report.wording import number

if TYPE_CHECKING:
    from facewarden.faces.track import FaceTrack
    from facewarden.matching.clips import ClipMatch

_LEAST_SHARE = 0.15
"""Of a query's seconds that must lie in an enrolled clip before a person is asked to look at it."""


class Assembly:
    """From what a file showed to the report."""

    def __init__(self, registry: Registry, seen: Sighting, label: str, language: str) -> None:
        self._registry, self._seen, self._label, self._language = registry, seen, label, language

    def report(self) -> MatchReport:
        copies = self._copies()
        listed = listed_copies(self._registry, self._seen, self._language)
        faces = self._faces()
        leads = self._leads(copies, faces)
        tier, listed_tier = _tier(copies), _tier(listed)
        reason = None if copies or listed or faces else self._why_not_judged()
        outcome = "inconclusive" if reason else "lead" if leads else self._outcome(tier, listed_tier, faces)
        people = {copy.person: copy.name for copy in copies} | {face.person: face.name for face in faces}
        return MatchReport(
            path=self._label,
            sha256=self._seen.facts.sha256,
            media=self._seen.facts.kind,
            tier=_tier([*copies, *listed]),
            swap_lead=bool(leads),
            abstained=reason is not None,
            reason=reason,
            sentence=self._say(f"match.outcome.{outcome}"),
            people=[PersonFound(person=person, name=name) for person, name in people.items()],
            copies=copies,
            listed=listed,
            faces=faces,
            swap_leads=leads,
            faces_seen=sum(bool(track.embeddings) for track in self._seen.tracks),
            not_checked=self._not_checked(),
            language=self._language,
            facewarden=facewarden.__version__,
        )

    def _outcome(self, tier: str, listed_tier: str, faces: list[FaceFound]) -> str:
        if tier == "confirmed":
            return "copy"
        if listed_tier == "confirmed":
            return "listed"
        if any(face.sure for face in faces):
            return "face"
        if tier == "review" or faces:
            return "review"
        return "listed_review" if listed_tier == "review" else "nothing"

    def _why_not_judged(self) -> str | None:
        listed = self._registry.listed
        hashes = self._registry.picture_count() or self._registry.clip_count() or len(listed.pictures)
        if not hashes and not len(self._registry) and not listed.holds_digests:
            return "nobody_enrolled"
        if self._seen.warnings:
            return self._seen.warnings[0]
        clear = any(track.embeddings for track in self._seen.tracks)
        only_digests = not hashes and not len(self._registry)
        judged = clear or only_digests or (hashes and self._seen.shows_enough)
        return None if judged else "low_quality"

    def _not_checked(self) -> list[Sentence]:
        left_out = [self._say(f"left_out.{code}") for code in self._seen.warnings]
        unclear = sum(not track.embeddings for track in self._seen.tracks)
        if unclear:
            left_out.append(self._say("match.left_out.unclear_faces", count=unclear))
        if not len(self._registry):
            left_out.append(self._say("match.left_out.no_templates"))
        elif not self._registry.tells_faces_apart:
            templates = number(len(self._registry.people), self._language)
            left_out.append(self._say("match.left_out.too_many_people", count=templates))
        if self._seen.facts.kind == "photo" and any(
            lookup.abstained is Abstention.NEGATIVE_LIST
            for _, lookup in (*self._seen.lookups, *self._seen.listed)
        ):
            left_out.append(self._say("match.left_out.ignored"))
        if (listed := self._registry.listed.pictures).radius < REVIEW:
            left_out.append(
                self._say("match.left_out.too_many_hashes", count=number(len(listed), self._language))
            )
        return left_out

    def _copies(self) -> list[CopyFound]:
        found: dict[Item, CopyFound] = {}
        for item in self._registry.same_file(self._seen.facts.sha256):
            found[item] = self._copy(item, self._seen.facts.kind, "confirmed", "same_file", 0)
        moments: dict[Item, list[float]] = defaultdict(list)
        owned = {item.person for item in found} if self._seen.facts.kind == "photo" else set()
        for time_s, lookup in self._seen.lookups:
            for shown, each in without_other_poses(self._shown(lookup), owned):
                moments[shown].append(time_s)
                if shown not in found or _rank(each) < _rank_of(found[shown]):
                    found[shown] = self._picture_copy(shown, each)
        if self._seen.facts.kind == "clip":
            for item, times in moments.items():
                found[item] = found[item].model_copy(update={"seen_at_s": times})
        for match in self._seen.clips:
            whole = self._registry.clip(match.clip)
            enough = match.confirmed or match.query_share >= _LEAST_SHARE
            if whole is not None and whole not in found and enough:
                found[whole] = self._clip_copy(whole, match)
        return sorted(found.values(), key=lambda copy: (copy.tier != "confirmed", copy.name, copy.item))

    def _shown(self, lookup: Lookup) -> list[tuple[Item, PictureMatch]]:
        shown = [(self._registry.picture(each.picture), each) for each in lookup.matches]
        return [(item, each) for item, each in shown if item is not None]

    def _picture_copy(self, item: Item, match: PictureMatch) -> CopyFound:
        tier = "confirmed" if match.tier is Tier.CONFIRMED else "review"
        return self._copy(item, "photo", tier, str(match.reason), match.distance)

    def _clip_copy(self, item: Item, match: ClipMatch) -> CopyFound:
        spans = [
            SharedSpan(
                start_s=span.query_start_s,
                end_s=span.query_end_s,
                original_start_s=span.original_start_s,
                original_end_s=span.original_end_s,
            )
            for span in match.spans
        ]
        tier, reason = ("confirmed", "same_seconds") if match.confirmed else ("review", "some_seconds")
        copy = self._copy(item, "clip", tier, reason, None, percent=round(100 * match.query_share))
        return copy.model_copy(
            update={"spans": spans, "share": round(match.query_share, 4), "speed": match.speed}
        )

    def _copy(
        self, item: Item, kind: str, tier: str, reason: str, distance: int | None, **more: Parameter
    ) -> CopyFound:
        name = self._registry.name_of(item.person)
        words = self._say(f"match.copy.{reason}", name=name, item=item.number, **more)
        return CopyFound.model_validate(
            {
                "person": item.person,
                "name": name,
                "item": item.number,
                "kind": kind,
                "tier": tier,
                "reason": reason,
                "distance": distance,
                "sentence": words,
            }
        )

    def _faces(self) -> list[FaceFound]:
        found = []
        for track in self._seen.tracks:
            if track.embeddings:
                moments = np.array([embedding for _, embedding in track.embeddings])
                found += [self._face(track, near) for near in self._registry.nearest(moments)]
        return sorted(found, key=lambda face: (face.track, face.distance))

    def _face(self, track: FaceTrack, near: Recognised) -> FaceFound:
        words = self._say(
            f"match.face.{'sure' if near.sure else 'possible'}",
            name=near.name,
            distance=f"{near.distance:.2f}",
            of=number(round(1 / near.false_positive_rate), self._language),
        )
        time_s, box = track.boxes[len(track.boxes) // 2]
        x0, y0, x1, y1 = (round(float(value), 1) for value in box)
        return FaceFound(
            track=track.number,
            person=near.person,
            name=near.name,
            distance=round(near.distance, 4),
            sure=near.sure,
            false_positive_rate=near.false_positive_rate,
            start_s=track.start_s,
            end_s=track.end_s,
            box=Box(time_s=time_s, x0=x0, y0=y0, x1=x1, y1=y1),
            sentence=words,
        )

    def _leads(self, copies: list[CopyFound], faces: list[FaceFound]) -> list[SwapLead]:
        """Copies in which the face differs, or in which another enrolled person's face stands in for the owner's."""
        leads = []
        for copy in copies:
            others = {face.person: face.name for face in faces if face.person != copy.person}
            own = any(face.person == copy.person for face in faces)
            if copy.reason == Reason.ONLY_FACE_DIFFERS:
                leads.append(self._lead(copy, others))
            elif copy.tier == "confirmed" and others and not own and self._shows_owner(copy):
                sure = {face.person for face in faces if face.sure}
                if sure_others := {person: name for person, name in others.items() if person in sure}:
                    leads.append(self._lead(copy, sure_others))
        return leads

    def _lead(self, copy: CopyFound, others: dict[str, str]) -> SwapLead:
        key = "match.lead.face_of" if others else "match.lead.face_differs"
        words = self._say(key, name=copy.name, item=copy.item, other=", ".join(others.values()))
        return SwapLead(
            person=copy.person,
            name=copy.name,
            item=copy.item,
            faces_of=[PersonFound(person=person, name=name) for person, name in others.items()],
            sentence=words,
        )

    def _shows_owner(self, copy: CopyFound) -> bool:
        """Whether the enrolled file is a portrait of its owner, rather than material to be found."""
        material = self._registry.record_of(copy.person).material(copy.item)
        return material is not None and material.face is not None

    def _say(self, key: str, **params: Parameter) -> Sentence:
        return sentence(key, self._language, **params)


def _tier(found: Sequence[CopyFound | ListedFound]) -> FoundTier:
    return "confirmed" if any(each.tier == "confirmed" for each in found) else "review" if found else "none"


def _rank(match: PictureMatch) -> tuple[bool, bool, int]:
    return match.tier is Tier.REVIEW, match.reason is Reason.NEAR, match.distance


def _rank_of(copy: CopyFound) -> tuple[bool, bool, int]:
    return copy.tier == "review", copy.reason == Reason.NEAR, copy.distance or 0
