"""Reports with made-up numbers, for tests of the views. Nothing here was measured on any picture."""

from __future__ import annotations

import io
import math
import random
from functools import cache

from PIL import Image, ImageDraw

from facewarden.messages import Message, Parameter
from facewarden.report.model import (
    Box,
    CueReading,
    Face,
    FileFacts,
    HeatMap,
    KeyPicture,
    Level,
    Person,
    Provenance,
    Report,
    Resemblance,
    ScorePoint,
    Sentence,
    TimeSpan,
    Versions,
)
from facewarden.report.wording import stretch

GRID = 16
THRESHOLD = 0.6


def sentence(key: str, language: str = "en", **params: Parameter) -> Sentence:
    return Sentence(id=key, params=params, text=Message(key, params).render(language))


def heat_map(
    time_s: float, *, x: float = 0.5, y: float = 0.68, peak: float = 240, spread: float = 0.12
) -> HeatMap:
    """A bump of heat around (x, y), both in 0..1 of the aligned face."""

    def value(row: int, column: int) -> int:
        dx, dy = (column + 0.5) / GRID - x, (row + 0.5) / GRID - y
        return round(peak * math.exp(-(dx * dx * 0.6 + dy * dy) / (2 * spread * spread)))

    return HeatMap(
        time_s=time_s, grid=[[value(row, column) for column in range(GRID)] for row in range(GRID)]
    )


def series(start_s: float, end_s: float, *, base: float, bump_at: float | None = None) -> list[ScorePoint]:
    chance = random.Random(f"{start_s}-{end_s}")
    points = []
    for step in range(int((end_s - start_s) * 4) + 1):
        time_s = start_s + step / 4
        score = base + chance.uniform(-0.05, 0.05)
        if bump_at is not None:
            score += 0.75 * math.exp(-((time_s - bump_at) ** 2) / 5)
        points.append(ScorePoint(time_s=time_s, score=min(max(score, 0.0), 1.0)))
    return points


def versions() -> Versions:
    return Versions(
        facewarden="0.1.0", models={"frame_forgery": "a1b2c3d4e5f6"}, calibration="made up for tests"
    )


def forged_face(track: int, person: int, start_s: float, end_s: float, language: str) -> Face:
    middle = (start_s + end_s) / 2
    at = stretch(middle - 1.5, middle + 1.5)
    return Face(
        track=track, person=person, start_s=start_s, end_s=end_s,
        frames_analysed=int((end_s - start_s) * 4) + 1, face_height_px=212,
        box=Box(time_s=middle, x0=480, y0=130, x1=690, y1=400),
        probability=0.91, level=Level.LIKELY, abstained=False,
        sentence=sentence("verdict.face.likely", language),
        cues=[
            CueReading(
                cue="frame_forgery", abstained=False, log_likelihood_ratio=2.3, score=3.1,
                sentence=sentence("cue.frame_forgery.seen", language, percent=62, at=at),
                spans=[TimeSpan(start_s=middle - 1.5, end_s=middle + 1.5)],
                series=series(start_s, end_s, base=0.2, bump_at=middle),
                heat_maps=[heat_map(middle), heat_map(middle + 1, x=0.3, y=0.55, peak=190)],
                facts={"threshold": THRESHOLD},
            ),
            CueReading(
                cue="resolution_mismatch", abstained=False, score=0.8,
                sentence=sentence("cue.resolution_mismatch.softer", language),
            ),
            CueReading(
                cue="identity_drift", abstained=True, reason="one_embedding_only",
                sentence=sentence("abstain.one_embedding_only", language),
            ),
        ],
    )  # fmt: skip


def clear_face(track: int, person: int, start_s: float, end_s: float, language: str) -> Face:
    return Face(
        track=track, person=person, start_s=start_s, end_s=end_s,
        frames_analysed=int((end_s - start_s) * 4) + 1, face_height_px=148,
        box=Box(time_s=start_s, x0=850, y0=180, x1=990, y1=370),
        probability=0.04, level=Level.NO_SIGN, abstained=False,
        sentence=sentence("verdict.face.no_sign", language),
        cues=[
            CueReading(
                cue="frame_forgery", abstained=False, log_likelihood_ratio=-1.9, score=-2.2,
                sentence=sentence("cue.frame_forgery.not_seen", language),
                series=series(start_s, end_s, base=0.14),
                heat_maps=[heat_map(start_s + 1, peak=30)],
                facts={"threshold": THRESHOLD},
            ),
            CueReading(
                cue="resolution_mismatch", abstained=True, reason="too_compressed",
                sentence=sentence("abstain.too_compressed", language),
            ),
        ],
    )  # fmt: skip


def small_face(track: int, person: int, start_s: float, end_s: float, language: str) -> Face:
    return Face(
        track=track, person=person, start_s=start_s, end_s=end_s, frames_analysed=9, face_height_px=31,
        box=Box(time_s=start_s, x0=90, y0=300, x1=115, y1=332),
        probability=None, level=Level.INCONCLUSIVE, abstained=True, reason="too_small",
        sentence=sentence("verdict.face.inconclusive", language),
        cues=[
            CueReading(
                cue="frame_forgery", abstained=True, reason="too_small",
                sentence=sentence("abstain.too_small", language),
            )
        ],
    )  # fmt: skip


def clip_report(language: str = "en", *, pictures: bool = True, path: str = "from-a-friend.mp4") -> Report:
    """Three people in 20 seconds: one likely forged in two takes, one without a sign, one too small."""
    return Report(
        path=path, sha256="3f" * 32, media="clip", level=Level.LIKELY, probability=0.91, abstained=False,
        sentence=sentence("verdict.clip.likely", language), false_positive_rate=0.01, true_positive_rate=0.9,
        people=[
            Person(
                person=1, tracks=[1, 3], start_s=1.0, end_s=18.0, probability=0.91, level=Level.LIKELY,
                abstained=False, sentence=sentence("verdict.person.likely", language),
            ),
            Person(
                person=2, tracks=[2], start_s=0.0, end_s=20.0, probability=0.04, level=Level.NO_SIGN,
                abstained=False, sentence=sentence("verdict.person.no_sign", language),
            ),
            Person(
                person=3, tracks=[4], start_s=12.0, end_s=16.0, probability=None, level=Level.INCONCLUSIVE,
                abstained=True, sentence=sentence("verdict.person.inconclusive", language),
            ),
        ],
        faces=[
            forged_face(1, 1, 1.0, 11.0, language),
            clear_face(2, 2, 0.0, 20.0, language),
            forged_face(3, 1, 13.5, 18.0, language),
            small_face(4, 3, 12.0, 16.0, language),
        ],
        provenance=Provenance(
            c2pa="none", declares_ai=False,
            findings=[sentence("cue.provenance.c2pa_none", language)],
        ),
        file=FileFacts(
            container="mp4", codec="h264", width=1280, height=720, duration_s=20.0, frame_rate=29.97,
            bit_rate=1_850_000, size_bytes=4_625_000, pixel_format="yuv420p", rotation_deg=90,
            has_audio=True, frames_analysed=80,
        ),
        not_checked=[
            sentence("left_out.sound", language),
            sentence("left_out.generated", language),
            sentence("left_out.between", language, per_s=4),
        ],
        language=language, elapsed_s=6.4, versions=versions(),
        pictures=key_pictures() if pictures else [],
    )  # fmt: skip


def named_report(language: str = "en", *, name: str = "Ada") -> Report:
    """The clip, checked with people to look for: one face resembles `name`, one nobody, one was not compared."""
    report = clip_report(language)
    resembling = Resemblance(
        person="a1", name=name, distance=0.3141, false_positive_rate=0.002, compared_with=2, swapped=True,
        also_tracks=[2],
        sentences=[
            sentence("resemblance.probably_swapped", language, name=name, distance="0.31", of="500"),
            sentence("resemblance.at_once", language, faces=1),
        ],
    )  # fmt: skip
    nobody = Resemblance(compared_with=2, sentences=[sentence("resemblance.nobody", language, people=2)])
    unseen = Resemblance(
        compared_with=2, reason="too_small",
        sentences=[sentence("resemblance.not_compared", language), sentence("abstain.too_small", language)],
    )  # fmt: skip
    parts = (resembling, nobody, resembling, unseen)
    faces = [
        face.model_copy(update={"resemblance": part}) for face, part in zip(report.faces, parts, strict=True)
    ]
    return report.model_copy(update={"faces": faces})


def photo_report(
    language: str = "en", *, level: Level = Level.VERY_LIKELY, path: str = "portrait.jpg"
) -> Report:
    face = forged_face(1, 1, 0.0, 0.0, language)
    reading = face.cues[0].model_copy(
        update={
            "sentence": sentence("cue.frame_forgery.seen_photo", language),
            "series": [], "spans": [], "heat_maps": [heat_map(0.0)],
        }
    )  # fmt: skip
    face = face.model_copy(update={"cues": [reading, face.cues[1]], "level": level, "probability": 0.996})
    person = Person(
        person=1, tracks=[1], start_s=0, end_s=0, probability=0.996, level=level, abstained=False,
        sentence=sentence(f"verdict.person.{level}", language),
    )  # fmt: skip
    return Report(
        path=path, sha256="ab" * 32, media="photo", level=level, probability=0.996, abstained=False,
        sentence=sentence(f"verdict.photo.{level}", language), false_positive_rate=0.01, true_positive_rate=0.9,
        people=[person], faces=[face],
        provenance=Provenance(
            c2pa="untrusted", signer="Example Cameras", claim_generator="Example 1.0",
            digital_source_type="compositeWithTrainedAlgorithmicMedia", declares_ai=True,
        ),
        file=FileFacts(
            container="jpeg", codec="jpeg", width=1280, height=960, duration_s=0, frame_rate=0, bit_rate=None,
            size_bytes=312_400, pixel_format="yuvj420p", rotation_deg=0, has_audio=False, frames_analysed=1,
        ),
        language=language, versions=versions(),
    )  # fmt: skip


def clear_report(language: str = "en", *, path: str = "holiday.heic") -> Report:
    face = clear_face(1, 1, 0, 0, language)
    return photo_report(language, path=path).model_copy(
        update={
            "level": Level.NO_SIGN, "probability": 0.03, "false_positive_rate": None, "true_positive_rate": None,
            "sentence": sentence("verdict.photo.no_sign", language),
            "faces": [face], "sha256": "cd" * 32,
            "people": [
                Person(
                    person=1, tracks=[1], start_s=0, end_s=0, probability=0.03, level=Level.NO_SIGN,
                    abstained=False, sentence=sentence("verdict.person.no_sign", language),
                )
            ],
        }
    )  # fmt: skip


def faceless_report(language: str = "en", *, path: str = "landscape.png") -> Report:
    return clear_report(language, path=path).model_copy(
        update={
            "level": Level.INCONCLUSIVE, "probability": None, "abstained": True, "reason": "no_face",
            "sentence": sentence("verdict.photo.no_face", language), "people": [], "faces": [],
        }
    )  # fmt: skip


def failed_report(language: str = "en", *, path: str = "notes.mp4", reason: str = "not_media") -> Report:
    return Report(
        path=path, sha256=None, media=None, level=Level.INCONCLUSIVE, probability=None, abstained=True,
        reason=reason, sentence=sentence("report.file_error", language),
        error=Message(f"error.{reason}").render(language), language=language, versions=versions(),
    )  # fmt: skip


def folder(language: str = "en") -> list[Report]:
    """Six files of every outcome, worst not first."""
    return [
        clear_report(language),
        failed_report(language),
        photo_report(language),
        faceless_report(language),
        clip_report(language),
        photo_report(
            language, level=Level.WEAK, path="a/rather/deep/folder/with a long name for a photo.jpg"
        ),
    ]


@cache
def key_pictures() -> list[KeyPicture]:
    """Two moments of track 1: skimage's astronaut (public domain), or drawn shapes without it."""
    scene = Image.new("RGB", (960, 540), (94, 112, 128))
    portrait = _portrait()
    scene.paste(portrait.resize((540, 540)), (210, 0))
    face = portrait.crop((147, 43, 301, 197)).resize((256, 256), Image.Resampling.BICUBIC)
    box = (210 + 172 * 540 / 512, 65 * 540 / 512, 210 + 276 * 540 / 512, 192 * 540 / 512)
    return [
        KeyPicture(
            track=1, time_s=time_s, scene_jpeg=_jpeg(scene), face_jpeg=_jpeg(face), box_xyxy=box,
            heat=heat_map(time_s, x=x, y=y),
        )
        for time_s, x, y in ((6.0, 0.5, 0.7), (7.0, 0.3, 0.55))
    ]  # fmt: skip


def _portrait() -> Image.Image:
    try:
        from skimage.data import astronaut
    except ImportError:
        portrait = Image.new("RGB", (512, 512), (60, 80, 110))
        draw = ImageDraw.Draw(portrait)
        draw.ellipse((170, 60, 280, 200), fill=(224, 180, 150))
        draw.ellipse((195, 110, 210, 120), fill=(40, 40, 40))
        draw.ellipse((240, 110, 255, 120), fill=(40, 40, 40))
        draw.arc((205, 140, 245, 170), 20, 160, fill=(150, 60, 60), width=4)
        return portrait
    return Image.fromarray(astronaut())


def _jpeg(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=85)
    return stream.getvalue()
