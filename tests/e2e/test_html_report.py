"""The page as a browser shows it, with scripts switched off."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import fabricated
from facewarden.messages import LANGUAGES, say
from facewarden.report.html import render_html
from facewarden.report.model import CueReading, HeatMap

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
# The switch scriptEnabled=false would also stop the part of Chromium that takes the picture.
NO_SCRIPTS = '{"profile": {"default_content_setting_values": {"javascript": 2}}}'
LIKELY = (0xAD, 0x48, 0x0A)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


class Browser:
    """Chromium with a fresh profile for every page and no scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, page: str) -> Path:
        path = self.folder / "page.html"
        path.write_text(page, "utf-8")
        return path

    def run(self, page: Path, *options: str) -> str:
        profile = self.folder / f"profile-{len(list(self.folder.iterdir()))}"
        (profile / "Default").mkdir(parents=True)
        (profile / "Default" / "Preferences").write_text(NO_SCRIPTS)
        command = [str(CHROMIUM), *QUIET, f"--user-data-dir={profile}", *options, page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return done.stdout

    def structure(self, page: str) -> str:
        return self.run(self.save(page), "--dump-dom")

    def picture(self, page: Path, width: int, height: int) -> Image.Image:
        target = self.folder / "shot.png"
        self.run(page, f"--window-size={width},{height}", f"--screenshot={target}")
        with Image.open(target) as shot:
            return shot.convert("RGB")


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(tmp_path)


def near(picture: Image.Image, colour: tuple[int, int, int], tolerance: int = 12) -> npt.NDArray[np.bool_]:
    """(H, W) where the picture has about this colour."""
    distance = np.abs(np.asarray(picture, np.int16) - np.array(colour, np.int16))
    return np.asarray((distance <= tolerance).all(axis=2))


def colours(picture: Image.Image) -> int:
    return len(picture.getcolors(1 << 24) or [])


def test_scripts_are_off_in_these_tests(browser: Browser) -> None:
    page = "<!doctype html><p id=a>before<script>document.getElementById('a').textContent = 'after'</script>"
    assert "before" in browser.structure(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_browser_shows_verdict_lanes_and_heat(browser: Browser, language: str) -> None:
    structure = browser.structure(render_html([fabricated.clip_report()], language=language))
    headings = re.findall(r"<h1>(.*?)</h1>", structure)
    assert headings == [say("verdict.clip.likely", language)]
    assert say("report.fpr_clip", language, of="100") in structure
    assert len(re.findall('<polyline class="curve"', structure)) == 3
    assert structure.count('class="gap"') == 3
    assert structure.count('class="drawn-face"') == 3


def test_verdict_scale_lane_and_heat_are_painted(browser: Browser) -> None:
    shot = browser.picture(browser.save(render_html([fabricated.clip_report()])), 1000, 1700)
    likely = near(shot, LIKELY)
    # The scale is a thick bar of the level's colour near the top; the lane's spans and curve lie below.
    assert (likely[100:450].sum(axis=1) > 300).sum() >= 10
    spans = np.flatnonzero((likely[900:].sum(axis=1) > 150) & (likely[900:].sum(axis=1) < 400))
    assert len(spans) >= 4
    curve = likely[900 + spans[0] + 7 : 900 + spans[0] + 60].any(axis=1)
    assert curve.sum() > 20
    blank = fabricated.clip_report()
    cool = [face.model_copy(update={"cues": [cooled(cue) for cue in face.cues]}) for face in blank.faces]
    without = browser.picture(
        browser.save(render_html([blank.model_copy(update={"faces": cool})])), 1000, 1700
    )
    assert reddish(shot) > reddish(without) + 3000


def cooled(cue: CueReading) -> CueReading:
    """The same reading with maps that show next to nothing, so that the page keeps its layout."""
    dot = [[255] + [0] * 15] + [[0] * 16 for _ in range(15)]
    return cue.model_copy(update={"heat_maps": [HeatMap(time_s=0, grid=dot) for _ in cue.heat_maps]})


def reddish(picture: Image.Image) -> int:
    red, green, blue = np.moveaxis(np.asarray(picture, np.int16), 2, 0)
    return int(((red > green + 60) & (green >= blue)).sum())


def test_no_picture_until_asked_for_and_then_only_behind_a_closed_drawer(browser: Browser) -> None:
    report = fabricated.clip_report()
    revealing = render_html([report], reveal=True)
    hidden = browser.picture(browser.save(render_html([report])), 1000, 2400)
    closed = browser.picture(browser.save(revealing), 1000, 2400)
    opened = browser.picture(browser.save(revealing.replace("<details ", "<details open ")), 1000, 2400)
    assert colours(closed) < 1.5 * colours(hidden)
    assert colours(opened) > 5 * colours(hidden)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("many", [False, True])
def test_a_phone_of_360_px_shows_everything_without_scrolling_sideways(
    browser: Browser, language: str, many: bool
) -> None:
    """A headless window is never that narrow, so the page stands in a frame that is."""
    reports = fabricated.folder(language) if many else [fabricated.clip_report(language)]
    page = browser.save(render_html(reports, language=language, reveal=True))
    magenta = "#ff00ff"
    frame = browser.folder / "phone.html"
    # What overflows would be painted into the right margin.
    style = "width:360px;height:6000px;border:0"
    frame.write_text(
        f'<body style="margin:0;background:{magenta}">'
        f'<iframe src="{page.name}" style="{style}" scrolling="no"></iframe>'
    )
    shot = browser.picture(frame, 500, 6000)
    assert shot.getpixel((430, 3000)) == (255, 0, 255)
    # The right margin of the page inside the phone is bare paper along its whole length.
    margin = {shot.getpixel((x, y)) for x in range(352, 360) for y in range(0, 6000, 3)}
    assert margin == {shot.getpixel((359, 1))}


def test_it_prints_on_a4(browser: Browser) -> None:
    target = browser.folder / "report.pdf"
    browser.run(browser.save(render_html(fabricated.folder(), reveal=True)), f"--print-to-pdf={target}")
    content = target.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", content)) >= 7
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert boxes
    assert all(abs(float(w) - 595) < 2 and abs(float(h) - 842) < 2 for w, h in boxes)
