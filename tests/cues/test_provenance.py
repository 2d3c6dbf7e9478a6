"""The four states of content credentials, and what a file's tags add to them."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import c2pa
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from facewarden.cues import _c2pa_job
from facewarden.cues.lab_mark import LabMark
from facewarden.cues.provenance import TRUST_VARIABLE, ProvenanceCue
from facewarden.cues.reading import Reading
from facewarden.errors import UsageError
from facewarden.lab.marks import c2pa_manifest
from facewarden.media import probe
from facewarden.media.facts import MediaFacts
from facewarden.report.origin import provenance_part


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 120, 3), np.uint8)).save(path)
    return path


@pytest.fixture
def signed(plain: Path) -> Path:
    path = plain.with_name("signed.jpg")
    with plain.open("rb") as source, path.open("w+b") as target:
        c2pa_manifest.sign(source, target, mime="image/jpeg")
    return path


@pytest.fixture
def anchors(tmp_path: Path) -> Path:
    """A trust list that holds the root of the lab's signer."""
    path = tmp_path / "anchors.pem"
    chain, _ = c2pa_manifest._identity()
    path.write_bytes(b"-----BEGIN" + chain.split(b"-----BEGIN")[2])
    return path


def origin_of(path: Path, **options: Any) -> Any:
    return ProvenanceCue(**options).origin(path, probe(path))


def ids(origin: Any) -> list[str]:
    return [finding.id for finding in origin.findings]


def test_a_file_without_credentials(plain: Path) -> None:
    origin = origin_of(plain)
    assert origin.c2pa == "none"
    assert not origin.declares_ai
    assert not origin.lab_marked
    assert origin.findings == ()
    assert origin.reading().sentence.id == "cue.provenance.nothing"


def test_an_intact_file_of_an_unknown_signer_is_untrusted(signed: Path) -> None:
    origin = origin_of(signed)
    assert origin.c2pa == "untrusted"
    assert "Facewarden lab" in origin.signer
    assert origin.claim_generator.startswith("facewarden-lab ")
    assert origin.digital_source_type == "compositeWithTrainedAlgorithmicMedia"
    assert origin.declares_ai
    assert origin.lab_marked
    assert ids(origin) == ["cue.provenance.declares_ai", "cue.provenance.c2pa_untrusted"]


def test_a_signer_on_the_trust_list_is_trusted(signed: Path, anchors: Path) -> None:
    assert origin_of(signed, trust_anchors=anchors).c2pa == "trusted"


def test_the_trust_list_may_be_named_in_the_environment(
    signed: Path, anchors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TRUST_VARIABLE, str(anchors))
    assert origin_of(signed).c2pa == "trusted"


def test_a_changed_file_is_invalid_and_names_no_signer(signed: Path, anchors: Path) -> None:
    content = bytearray(signed.read_bytes())
    content[-200] ^= 0xFF
    signed.write_bytes(content)
    origin = origin_of(signed, trust_anchors=anchors)
    assert origin.c2pa == "invalid"
    assert origin.signer is None
    assert not origin.lab_marked
    assert "cue.provenance.c2pa_invalid" in ids(origin)
    # A declaration of AI counts all the same.
    assert origin.declares_ai


@pytest.mark.parametrize("content", [b"", b"not a certificate", b"\xff\xfe"])
def test_a_trust_list_without_certificates_is_refused(plain: Path, tmp_path: Path, content: bytes) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_bytes(content)
    with pytest.raises(UsageError, match="no certificates"):
        origin_of(plain, trust_anchors=bad)


def test_a_missing_trust_list_is_refused(plain: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no certificates"):
        origin_of(plain, trust_anchors=tmp_path / "nowhere.pem")


def test_a_container_that_cannot_hold_credentials_is_not_opened(tmp_path: Path) -> None:
    facts = MediaFacts("clip", 1, "0" * 64, "matroska", "h264", 64, 64)
    assert ProvenanceCue().origin(tmp_path / "absent.mkv", facts).c2pa == "none"


def test_credentials_that_cannot_be_read_are_said_to_be_unread(tmp_path: Path) -> None:
    facts = MediaFacts("photo", 1, "0" * 64, "jpeg", "jpeg", 64, 64)
    origin = ProvenanceCue().origin(tmp_path / "absent.jpg", facts)
    assert origin.c2pa == "not_checked"
    assert ids(origin) == ["provenance.c2pa_unreadable"]


def test_credentials_that_lie_elsewhere_are_not_fetched(plain: Path, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.jpg"
    info = c2pa.C2paSignerInfo(b"es256", *c2pa_manifest._identity(), None)
    with (
        c2pa.Context.from_dict({"verify": {"verify_after_sign": False}}) as context,
        c2pa.Signer.from_info(info) as signer,
        c2pa.Builder(dict(c2pa_manifest._MANIFEST), context) as builder,
        plain.open("rb") as source,
        path.open("w+b") as target,
    ):
        builder.set_no_embed()
        builder.set_remote_url("http://127.0.0.1:9/manifest.c2pa")
        builder.sign(signer, "image/jpeg", source, target)
    origin = origin_of(path)
    assert origin.c2pa == "not_checked"
    assert ids(origin) == ["provenance.c2pa_elsewhere"]


def test_tags_declare_too(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"  # a PNG by content
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a face\nSteps: 20, Sampler: Euler a, CFG scale: 7")
    info.add_text("Software", "FaceFusion 3.0")
    info.add_text("AIGC", '{"Label":"1"}')
    Image.new("RGB", (80, 80)).save(path, "PNG", pnginfo=info)
    origin = origin_of(path)
    assert origin.declares_ai
    assert ids(origin) == [
        "provenance.aigc_label_1",
        "provenance.face_swapper",
        "cue.provenance.generator_parameters",
        "provenance.extension",
    ]
    assert origin.findings[1].params == {"software": "FaceFusion"}


def test_xmp_declares_too(tmp_path: Path) -> None:
    term = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    xmp = f'<x:xmpmeta><rdf:Description Iptc4xmpExt:DigitalSourceType="{term}"/></x:xmpmeta>'
    path = tmp_path / "picture.png"
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp)
    Image.new("RGB", (80, 80)).save(path, pnginfo=info)
    origin = origin_of(path)
    assert origin.declares_ai
    assert origin.digital_source_type == "trainedAlgorithmicMedia"


def test_it_explains_and_does_not_vote(signed: Path) -> None:
    reading = ProvenanceCue().examine(signed, probe(signed))
    assert isinstance(reading, Reading)
    assert reading.score is None
    assert not reading.abstained
    assert reading.facts["c2pa"] == "untrusted"
    assert reading.facts["declares_ai"] == 1


@pytest.mark.parametrize("language", ["en", "zh", "ko"])
def test_every_finding_can_be_said(language: str) -> None:
    from facewarden.messages import Message

    params = {"source": "S", "software": "S", "extension": "E", "container": "C", "signer": "G"}
    names = ["ai_ingredient", "face_swapper", "c2pa_elsewhere", "c2pa_unreadable", "extension", "converted"]
    for name in [*names, *(f"aigc_label_{label}" for label in (1, 2, 3))]:
        assert len(Message(f"provenance.{name}", params).render(language)) > 10


def test_the_part_of_the_report(signed: Path) -> None:
    part = provenance_part(origin_of(signed), language="zh")
    assert part.lab_marked
    assert part.findings[0].id == "cue.provenance.lab_mark"
    assert part.c2pa == "untrusted"
    assert all(finding.text for finding in part.findings)


def test_the_mark_in_the_picture_is_enough(plain: Path) -> None:
    origin = origin_of(plain)
    assert not provenance_part(origin).lab_marked
    assert not provenance_part(origin, lab_mark=LabMark(score=2.0)).lab_marked
    assert provenance_part(origin, lab_mark=LabMark(score=8.0)).lab_marked


def test_the_job_reads_an_open_file(signed: Path, plain: Path) -> None:
    found = _c2pa_job.read_c2pa(BytesIO(signed.read_bytes()), {"mime": "image/jpeg", "anchors": None})  # type: ignore[arg-type]
    assert found["state"] == "Valid"
    assert found["problems"] == ["signingCredential.untrusted"]
    assert json.loads(json.dumps(found)) == found
    assert _c2pa_job.read_c2pa(BytesIO(plain.read_bytes()), {"mime": "image/jpeg", "anchors": None}) == {  # type: ignore[arg-type]
        "state": None
    }


def test_what_a_manifest_says_is_cut_and_cleaned() -> None:
    store = {
        "active_manifest": "b",
        "validation_state": "Valid",
        "manifests": {
            "a": {"assertions": [{"data": {"digitalSourceType": "x/trainedAlgorithmicMedia"}}]},
            "b": {
                "claim_generator": "old\x1b[31m style" + "!" * 500,
                "signature_info": {"issuer": "A\nB", "common_name": "A\nB"},
                "assertions": [{"data": [{"Iptc4xmpExt:DigitalSourceType": "y/digitalCapture/"}]}],
            },
        },
    }
    found = _c2pa_job._extract(store)
    assert found["source_types"] == ["digitalCapture"]
    assert found["ingredient_source_types"] == ["trainedAlgorithmicMedia"]
    assert found["signer"] == "AB"
    assert found["claim_generator"].startswith("old[31m style")
    assert len(found["claim_generator"]) == 200
    assert _c2pa_job._extract({})["state"] is None
