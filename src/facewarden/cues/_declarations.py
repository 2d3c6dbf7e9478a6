"""What the tags of a file declare: the IPTC source type, generators, and programs known for replacing faces.

Works on `MediaFacts.metadata` alone (``exif.*``, ``text.*``, ``container.*``, ``stream.*``, ``comment`` and
``xmp``). Names of programs are looked for only where programs write their names, never in free text: people
are called Sora, too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath

AI_SOURCE_TYPES = frozenset({"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"})
"""Digital source types (IPTC) that declare generative AI."""

_SOFTWARE_KEYS = re.compile(
    r"(^|\.)(software|processingsoftware|hostcomputer|creator_?tool|encoder|encoded_by|encoding_tool|tool|"
    r"generator|handler_name|com\.apple\.quicktime\.software|credit)$",
    re.IGNORECASE,
)
_XMP_SOFTWARE = re.compile(r"(?:CreatorTool|softwareAgent|Credit)(?:=[\"']|>)([^\"'<]{1,200})")
_XMP_SOURCE_TYPE = re.compile(r"DigitalSourceType(?:=[\"']|>|\s+rdf:resource=[\"'])\s*([^\"'<\s]{1,200})")
_AIGC_LABEL = re.compile(r"AIGC.{0,80}?[\"']?Label[\"']?\s*:\s*[\"']?([123])\b", re.DOTALL)

_GENERATORS: tuple[tuple[str, str], ...] = (
    ("Adobe Firefly", r"firefly"),
    ("ComfyUI", r"comfyui"),
    ("D-ID", r"\bd-id\b"),
    ("DALL·E", r"dall[-·. ]?e\b"),
    ("Flux", r"\bflux\b"),
    ("Google AI", r"made with google ai|\bimagen\b|\bveo\b"),
    ("Grok", r"\bgrok\b"),
    ("HeyGen", r"heygen"),
    ("Ideogram", r"ideogram"),
    ("InvokeAI", r"invoke-?ai"),
    ("Kling", r"\bkling\b"),
    ("Leonardo.Ai", r"leonardo\.?ai"),
    ("Midjourney", r"midjourney"),
    ("NovelAI", r"novelai"),
    ("OpenAI", r"openai|chatgpt|\bsora\b"),
    ("Runway", r"\brunway(ml)?\b"),
    ("Stable Diffusion", r"stable[- ]?diffusion|automatic1111|sd-webui|stability\.?ai"),
    ("Synthesia", r"synthesia"),
)
_FACE_SWAPPERS: tuple[tuple[str, str], ...] = (
    ("Deep-Live-Cam", r"deep[- ]?live[- ]?cam"),
    ("DeepFaceLab", r"deepface(lab|live)"),
    ("DeepSwap", r"deepswap"),
    ("FaceApp", r"\bfaceapp\b"),
    ("FaceFusion", r"face-?fusion"),
    ("faceswap", r"\bface-?swap(per)?\b"),
    ("Reface", r"\breface\b"),
    ("roop", r"\broop\b"),
    ("SimSwap", r"simswap"),
)
_CONVERTERS = re.compile(
    r"\b(Lavf|Lavc|HandBrake|x264|x265|ffmpeg|MEncoder|GPAC)[\w.\- ]{0,30}", re.IGNORECASE
)

_EXTENSIONS = {
    "jpeg": {"jpg", "jpeg", "jpe", "jfif"},
    "png": {"png", "apng"},
    "webp": {"webp"},
    "gif": {"gif"},
    "bmp": {"bmp", "dib"},
    "tiff": {"tif", "tiff", "dng"},
    "heif": {"heic", "heif", "hif"},
    "heif-sequence": {"heic", "heif", "heics", "heifs"},
    "avif": {"avif", "avifs"},
    "mp4": {"mp4", "m4v", "mov", "3gp", "3g2"},
    "mov": {"mov", "qt", "mp4", "m4v"},
    "matroska": {"mkv", "webm"},
    "webm": {"webm", "mkv"},
    "avi": {"avi"},
}


def source_types(metadata: Mapping[str, str]) -> list[str]:
    """Return the digital source types (last path segment) that tags and XMP declare, without repetition."""
    found = [value for key, value in metadata.items() if key.lower().endswith("digitalsourcetype")]
    found += _XMP_SOURCE_TYPE.findall(metadata.get("xmp", ""))
    return list(dict.fromkeys(each.rstrip("/").rpartition("/")[2] for each in found))


def generators(metadata: Mapping[str, str]) -> list[str]:
    """Return the names of picture or video generators that the tags name or whose settings they hold."""
    named = _named(metadata, _GENERATORS)
    return list(dict.fromkeys([*named, *_by_settings(metadata)]))


def face_swappers(metadata: Mapping[str, str]) -> list[str]:
    """Return the names of programs for replacing faces that the tags name."""
    named = list(_named(metadata, _FACE_SWAPPERS))
    if "text.faceswap" in metadata:  # the open-source program of this name keeps its alignments there
        named.append("faceswap")
    return list(dict.fromkeys(named))


def aigc_label(metadata: Mapping[str, str]) -> int | None:
    """Return the label that Chinese services must write: 1 is, 2 may be, 3 is suspected to be made by AI."""
    for key, value in metadata.items():
        match = _AIGC_LABEL.search(html.unescape(f"{key} {value}"))
        if match:
            return int(match.group(1))
    return None


def converter(metadata: Mapping[str, str]) -> str | None:
    """Return the program for converting media that wrote the file, where it says so."""
    for text in _software(metadata):
        match = _CONVERTERS.search(text)
        if match:
            return match.group(0).strip()
    return None


def foreign_extension(path: PurePath, container: str) -> str | None:
    """Return the extension of `path` when it belongs to another kind of file than `container`, else None."""
    extension = path.suffix.lower().lstrip(".")
    known = set().union(*_EXTENSIONS.values())
    fits = _EXTENSIONS.get(container)
    return extension if extension in known and fits is not None and extension not in fits else None


def _software(metadata: Mapping[str, str]) -> Iterator[str]:
    for key, value in metadata.items():
        if _SOFTWARE_KEYS.search(key):
            yield value
    yield from _XMP_SOFTWARE.findall(metadata.get("xmp", ""))


def _named(metadata: Mapping[str, str], programs: tuple[tuple[str, str], ...]) -> Iterator[str]:
    texts = list(_software(metadata))
    for name, expression in programs:
        if any(re.search(expression, text, re.IGNORECASE) for text in texts):
            yield name


def _by_settings(metadata: Mapping[str, str]) -> Iterator[str]:
    for key in ("text.parameters", "exif.UserComment", "container.comment", "comment"):
        if re.search(r"\bSteps: \d+.{0,400}\b(Sampler|CFG scale):", metadata.get(key, ""), re.DOTALL):
            yield "Stable Diffusion"
    graph = metadata.get("text.prompt", "") + metadata.get("text.workflow", "")
    if '"class_type"' in graph or '"last_node_id"' in graph:
        yield "ComfyUI"
    if {"text.invokeai_metadata", "text.sd-metadata", "text.Dream"} & metadata.keys():
        yield "InvokeAI"
    if re.search(r"--(v|ar|stylize|niji) [\d:.]+.*Job ID:", metadata.get("text.Description", ""), re.DOTALL):
        yield "Midjourney"
