from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab.safeguards.consent import SUFFIX, consent_for, shipped

TODAY = dt.date(2026, 6, 1)
DIGEST = "ab" * 32


def record(path: Path, **other: object) -> Path:
    fields = {
        "photo_sha256": DIGEST,
        "person": "A volunteer",
        "basis": "consent",
        "granted_by": "A volunteer",
        "granted_on": "2026-01-31",
        "purpose": "testing detectors",
    }
    path.write_text(json.dumps(fields | other), "utf-8")
    return path


def test_a_record_beside_the_photo_or_one_that_is_named(tmp_path: Path) -> None:
    photo = tmp_path / "me.jpg"
    record(tmp_path / f"me.jpg{SUFFIX}")
    assert consent_for(photo, DIGEST, today=TODAY).person == "A volunteer"
    other = record(tmp_path / "other.json", person="Somebody else")
    assert consent_for(photo, DIGEST, named=other, today=TODAY).person == "Somebody else"


def test_without_a_record_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        consent_for(tmp_path / "me.jpg", DIGEST)
    assert "no record of consent for the face in me.jpg" in str(caught.value)
    assert "me.jpg.consent.json" in str(caught.value)
    assert DIGEST in str(caught.value)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"photo_sha256": "cd" * 32}, "is for another file"),
        ({"granted_on": "2026-06-02"}, "begins on 2026-06-02 only"),
        ({"expires_on": "2026-05-31"}, "has expired on 2026-05-31"),
        ({"basis": "they would not mind"}, "is no record of consent: basis"),
        ({"person": ""}, "is no record of consent: person"),
        ({"granted_on": "some day"}, "is no record of consent: granted_on"),
        ({"unlimited": True}, "is no record of consent: unlimited"),
    ],
)
def test_what_does_not_cover_the_photo_is_refused(tmp_path: Path, other: dict[str, object], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        consent_for(tmp_path / "me.jpg", DIGEST, named=record(tmp_path / "r.json", **other), today=TODAY)


def test_a_consent_lasts_through_its_last_day(tmp_path: Path) -> None:
    named = record(tmp_path / "r.json", expires_on="2026-06-01", granted_on="2026-06-01")
    assert consent_for(tmp_path / "me.jpg", DIGEST, named=named, today=TODAY)


@pytest.mark.parametrize("text", ["", "words", "[]", "null"])
def test_what_is_no_json_object_is_refused(tmp_path: Path, text: str) -> None:
    named = tmp_path / "r.json"
    named.write_text(text)
    with pytest.raises(UsageError, match="is no record of consent"):
        consent_for(tmp_path / "me.jpg", DIGEST, named=named)
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        consent_for(tmp_path / "me.jpg", DIGEST, named=tmp_path / "gone.json")


def test_portraits_in_the_public_domain_ship_with_theirs() -> None:
    skimage = pytest.importorskip("skimage", reason="needs the extra [lab]: scikit-image is missing")
    cbook = pytest.importorskip("matplotlib.cbook", reason="needs the extra [lab]: Matplotlib is missing")
    examples = Path(__file__).parents[3] / "examples"
    portraits = [
        Path(skimage.__file__).parent / "data" / "astronaut.png",
        Path(os.fspath(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))),
        examples / "genuine.jpg",
    ]
    for portrait in portraits:
        found = consent_for(portrait, hashlib.sha256(portrait.read_bytes()).hexdigest())
        assert found.basis == "public_domain"
    assert len(shipped()) == len(portraits)
