from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

import fabricated
from facewarden.messages import LANGUAGES, say
from facewarden.report.html import render_html
from facewarden.report.wording import language_tag

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Collects what the tests ask about and demands that every tag is closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.words = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += data

    def having(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attributes
            for name, attributes in self.tags
            if name == tag
            and all(value in (attributes.get(key) or "").split() for key, value in wanted.items())
        ]


def outline(*, language: str = "en", reveal: bool = False) -> Outline:
    return Outline(render_html([fabricated.clip_report()], language=language, reveal=reveal))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_stand_in_the_order_in_which_a_person_needs_them(language: str) -> None:
    words = outline(language=language).words
    keys = (
        "verdict.clip.likely", "report.fpr_clip", "report.base_rate", "report.one_check", "html.do_now",
        "report.not_checked", "html.people", "html.lane", "html.heat", "html.evidence",
        "report.origin", "file.heading", "html.method", "html.versions",
    )  # fmt: skip
    places = [words.index(say(key, language, of="100", found=90, right=8)) for key in keys]
    assert places == sorted(places)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_in_its_language(language: str) -> None:
    page = outline(language=language)
    assert page.having("html", lang=language_tag(language))
    for sentence in ("left_out.sound", "abstain.one_embedding_only", "cue.resolution_mismatch.softer"):
        assert say(sentence, language) in page.words
    if language != "en":
        assert not re.search(r"\b(the|was|face|signs?)\b", page.words)


@pytest.mark.parametrize("reveal", [False, True])
def test_no_script_and_nothing_from_outside(reveal: bool) -> None:
    text = render_html(fabricated.folder(), reveal=reveal)
    page = Outline(text)
    (policy,) = [m["content"] for m in page.having("meta") if m.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    assert not {"script", "iframe", "object", "embed", "link", "form", "base"} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src", "xlink:href"):
            assert re.match(r"#|data:image/jpeg;base64,", attributes.get(name) or "#")
    assert not re.search(r"https?:|url\((?!#)|@import", text)


def test_without_reveal_there_is_no_picture_in_the_page() -> None:
    page = render_html([fabricated.clip_report(pictures=True)])
    assert "data:image" not in page
    assert "<image" not in page
    assert "<img" not in page
    assert "<details" not in page
    assert say("html.pictures_absent") in page


def test_with_reveal_every_picture_is_in_a_closed_drawer_with_box_heat_and_magnification() -> None:
    page = outline(reveal=True)
    drawers = page.having("details")
    assert len(drawers) == 2
    assert not any("open" in drawer for drawer in drawers)
    assert len(page.having("image")) == 4
    assert len(page.having("use")) == 2
    assert {use["href"] for use in page.having("use")} <= {
        f"#{i['id']}" for i in page.having("image") if i.get("id")
    }
    assert say("html.pictures_present") in page.words
    text = render_html([fabricated.clip_report()], reveal=True)
    assert all(
        "<image" not in part for part in re.sub("<details.*?</details>", "", text, flags=re.S).split("\n")
    )


def test_reveal_without_pictures_says_that_there_are_none() -> None:
    page = render_html([fabricated.clip_report(pictures=False)], reveal=True)
    assert say("html.pictures_absent") in page
    assert "data:image" not in page


def test_lanes_heat_and_boxes_are_drawn() -> None:
    page = outline()
    assert len(page.having("figure", **{"class": "lane"})) == 2
    assert len(page.having("div", **{"class": "gap"})) == 3
    assert len(page.having("div", **{"class": "span"})) == 2
    assert len(page.having("line", **{"class": "threshold"})) == 2
    assert len(page.having("figure", **{"class": "heat"})) == 3
    assert len(page.having("rect", **{"class": "box"})) == 3
    assert len([t for t in page.tags if t[0] == "rect" and "fill-opacity" in t[1]]) > 100


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reveal", [False, True])
def test_every_drawing_is_described_and_every_id_is_unique(language: str, reveal: bool) -> None:
    page = Outline(render_html(fabricated.folder(language), language=language, reveal=reveal))
    drawings = page.having("svg")
    assert drawings
    assert all(d.get("aria-hidden") == "true" or d.get("aria-label") for d in drawings)
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    targets = {a["href"] for a in page.having("a")}
    assert {str(target)[1:] for target in targets} <= set(ids)


@pytest.mark.parametrize(
    "reports", [fabricated.folder(), [fabricated.clip_report()], [fabricated.failed_report()]]
)
def test_headings_descend_one_step_at_a_time_from_a_single_first(reports: list[fabricated.Report]) -> None:
    headings = Outline(render_html(reports)).headings
    assert headings.count(1) == 1
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_folder_has_an_overview_and_a_section_for_each_file(language: str) -> None:
    page = Outline(render_html(fabricated.folder(language), language=language))
    assert len(page.having("article")) == 6
    rows = [a["href"] for a in page.having("a") if (a["href"] or "").startswith("#file-")]
    assert rows == [f"#file-{number}" for number in range(1, 7)]
    assert page.words.count(say("html.do_now", language)) == 1
    for key in ("error.not_media", "verdict.photo.no_face", "verdict.photo.very_likely"):
        assert say(key, language) in page.words


def test_a_file_without_a_sign_is_not_treated_as_an_alarm() -> None:
    words = Outline(render_html([fabricated.clear_report()])).words
    assert "does not prove that it is genuine" in words
    assert say("html.do_if_doubt") in words
    assert say("html.do_now") not in words
    assert "flagged too" not in words.split(say("html.method"))[0]


def test_names_and_metadata_are_text_and_nothing_else() -> None:
    report = fabricated.clip_report(path='"><script>alert(1)</script>\u202e<img src=x onerror=y>.mp4')
    assert report.provenance is not None
    evil = report.provenance.model_copy(
        update={"signer": "<b onmouseover=z>", "claim_generator": "{{ 7*7 }}"}
    )
    page = Outline(render_html([report.model_copy(update={"provenance": evil})]))
    assert not {"script", "img", "b"} & {tag for tag, _ in page.tags}
    assert "<b onmouseover=z>" in page.words
    assert "{{ 7*7 }}" in page.words
    assert "\u202e" not in page.words


def test_a_page_needs_a_report() -> None:
    with pytest.raises(ValueError, match="at least one report"):
        render_html([])


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        digits = colour.lstrip("#")
        digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_stands_out_from_its_ground_in_light_dark_and_print() -> None:
    """WCAG 2.2 AA for text: 4.5 to 1."""
    themes = re.findall(r":root \{(.*?)\}", render_html([fabricated.clear_report()]), re.S)
    assert len(themes) == 3
    for theme in themes:
        colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", theme))
        text = ("ink", "quiet", "link", "no-sign", "weak", "likely", "very-likely", "inconclusive", "error")
        faint = [(n, g) for n in text for g in ("card", "wash") if contrast(colour[n], colour[g]) < 4.5]
        assert faint == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_face_that_resembles_somebody_bears_the_name(language: str) -> None:
    page = render_html([fabricated.named_report(language, name="Ada <b>&</b>")], language=language)
    words = Outline(page).words
    for sentence in (
        say("resemblance.probably_swapped", language, name="Ada <b>&</b>", distance="0.31", of="500"),
        say("resemblance.at_once", language, faces=1),
        say("resemblance.nobody", language, people=2),
    ):
        assert sentence in words
    assert "Ada <b>" not in page


def test_nobody_is_named_unless_people_were() -> None:
    assert 'class="resemblance"' not in render_html([fabricated.clip_report()])
