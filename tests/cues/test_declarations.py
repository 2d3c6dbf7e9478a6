"""What tags declare, and what they must not be taken for."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from facewarden.cues import _declarations as declarations

TERM = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@pytest.mark.parametrize(
    "xmp",
    [
        f'<rdf:Description Iptc4xmpExt:DigitalSourceType="{TERM}trainedAlgorithmicMedia"/>',
        f"<Iptc4xmpExt:DigitalSourceType>{TERM}trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>",
        f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{TERM}trainedAlgorithmicMedia"/>',
        '<rdf:Description Iptc4xmpExt:DigitalSourceType="trainedAlgorithmicMedia"/>',
    ],
)
def test_the_source_type_is_read_from_xmp(xmp: str) -> None:
    assert declarations.source_types({"xmp": xmp}) == ["trainedAlgorithmicMedia"]


def test_the_source_type_is_read_from_a_tag_once() -> None:
    tags = {
        "container.DigitalSourceType": f"{TERM}digitalCapture",
        "xmp": f'DigitalSourceType="{TERM}digitalCapture"',
    }
    assert declarations.source_types(tags) == ["digitalCapture"]


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        ({"text.parameters": "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7"}, ["Stable Diffusion"]),
        (
            {"exif.UserComment": "a cat\nNegative prompt: dog\nSteps: 30, Sampler: DPM++"},
            ["Stable Diffusion"],
        ),
        ({"text.prompt": '{"3": {"class_type": "KSampler"}}'}, ["ComfyUI"]),
        ({"text.workflow": '{"last_node_id": 9, "nodes": []}'}, ["ComfyUI"]),
        ({"text.invokeai_metadata": "{}"}, ["InvokeAI"]),
        ({"text.Description": "a cat --ar 16:9 --v 6.1 Job ID: 0000-11"}, ["Midjourney"]),
        ({"exif.Software": "Adobe Firefly 1.0"}, ["Adobe Firefly"]),
        ({"xmp": '<x xmp:CreatorTool="OpenAI DALL-E 3"/>'}, ["DALL·E", "OpenAI"]),
        ({"xmp": "<photoshop:Credit>Made with Google AI</photoshop:Credit>"}, ["Google AI"]),
        ({"text.Software": "NovelAI"}, ["NovelAI"]),
        # Free text and people's names are not programs.
        ({"exif.Artist": "Sora Kim", "exif.ImageDescription": "A talk about OpenAI and Midjourney"}, []),
        ({"text.Comment": "Steps: 20 to the door"}, []),
        ({"text.prompt": "What is in this picture?"}, []),
        ({"exif.Software": "Adobe Photoshop 25.0"}, []),
        ({"exif.Software": "Runwayland 2"}, []),
    ],
)
def test_generators(tags: dict[str, str], names: list[str]) -> None:
    assert declarations.generators(tags) == names


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        ({"container.encoder": "FaceFusion 3.1"}, ["FaceFusion"]),
        ({"exif.Software": "Deep-Live-Cam"}, ["Deep-Live-Cam"]),
        ({"text.faceswap": "{'alignments': 1}"}, ["faceswap"]),
        ({"exif.Software": "Reface", "text.faceswap": "x"}, ["Reface", "faceswap"]),
        ({"exif.ImageDescription": "how deepfacelab works"}, []),
        ({"exif.Software": "Surface Camera"}, []),
    ],
)
def test_face_swappers(tags: dict[str, str], names: list[str]) -> None:
    assert declarations.face_swappers(tags) == names


@pytest.mark.parametrize(
    ("tags", "label"),
    [
        ({"container.AIGC": '{"Label":"1","ContentProducer":"001"}'}, 1),
        ({"xmp": '<x TC260:AIGC="{&quot;Label&quot;:&quot;2&quot;}"/>'}, 2),
        ({"exif.UserComment": '{"AIGC": {"Label": 3}}'}, 3),
        ({"text.Label": "1"}, None),
        ({"text.Comment": "AIGC conference, Label: 12"}, None),
    ],
)
def test_the_label_of_chinese_services(tags: dict[str, str], label: int | None) -> None:
    assert declarations.aigc_label(tags) == label


@pytest.mark.parametrize(
    ("tags", "program"),
    [
        ({"container.encoder": "Lavf62.12.102"}, "Lavf62.12.102"),
        ({"stream.encoder": "Lavc61.3.100 libx264"}, "Lavc61.3.100 libx264"),
        ({"container.encoding_tool": "HandBrake 1.7.3 2024"}, "HandBrake 1.7.3 2024"),
        ({"container.encoder": "Apple iPhone"}, None),
        ({"container.title": "Lavf62"}, None),
    ],
)
def test_converters(tags: dict[str, str], program: str | None) -> None:
    assert declarations.converter(tags) == program


@pytest.mark.parametrize(
    ("name", "container", "foreign"),
    [
        ("a.JPG", "jpeg", None),
        ("a.png", "jpeg", "png"),
        ("a.mp4", "png", "mp4"),
        ("a.mov", "mp4", None),
        ("a", "jpeg", None),
        ("a.backup", "jpeg", None),
        ("a.jpg", "unheard-of", None),
    ],
)
def test_an_extension_that_belongs_to_another_kind(name: str, container: str, foreign: str | None) -> None:
    assert declarations.foreign_extension(PurePath(name), container) == foreign
