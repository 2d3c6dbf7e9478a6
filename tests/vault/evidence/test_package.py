"""Packages are verified by public tools alone: bagit.py, sha256sum, openssl."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest

import fabricated
from facewarden.errors import UsageError
from facewarden.report.across import across_files
from facewarden.report.jsonl import across_json, report_json
from facewarden.vault.evidence.named import named_reports
from facewarden.vault.vault import Vault

VERSIONS = {"facewarden": "1.2.3", "models": []}
CONTENT = b"\xff\xd8 a picture of nobody " * 5000


def take(opened: Vault, path: Path, content: bytes = CONTENT) -> str:
    path.write_bytes(content)
    return opened.quarantine(path, actor="ann", reason="forged, says 은지").number


def report_on(content: bytes, *, level: str = "likely", path: str = "a.jpg") -> bytes:
    """As `facewarden check --json` begins one; the rest of it says nothing to a vault."""
    said = {"path": path, "sha256": hashlib.sha256(content).hexdigest(), "media": "photo", "level": level}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def unpacked(path: Path) -> Path:
    folder = path.with_suffix("")
    # Not by zipfile: it forgets who may execute what.
    subprocess.run(["unzip", "-q", str(path), "-d", str(folder)], check=True, timeout=60)
    (bag,) = folder.iterdir()
    return bag


def said_by_script(bag: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(bag / "verify.sh")], capture_output=True, text=True, timeout=120, check=False, cwd="/"
    )


@pytest.fixture
def bag(opened: Vault, desk: Path, tmp_path: Path) -> Path:
    """A package of the second of three cases, unpacked."""
    numbers = [take(opened, desk / f"{name}.JPG", CONTENT + name.encode()) for name in "abc"]
    opened.release(numbers[1], actor="bob", reason='for \'a "lawyer" \\ n', to=tmp_path / "copy")
    # One report on each of two files, and what the two have in common.
    lines = [report_on(CONTENT + name) for name in (b"a", b"b")]
    (tmp_path / "report.json").write_bytes(b"\n".join([*lines, b'{"kind":"across_files"}', b""]))
    opened.package(
        numbers[1],
        actor="bob",
        reason="police",
        to=tmp_path / "p.zip",
        versions=VERSIONS,
        report=tmp_path / "report.json",
    )
    return unpacked(tmp_path / "p.zip")


def test_bagit_and_the_script_accept_it(bag: Path, opened: Vault) -> None:
    bagit.Bag(str(bag)).validate()
    said = said_by_script(bag)
    assert (said.returncode, said.stderr) == (0, "")
    assert f"The log had {opened.head.count - 1} entries" in said.stdout
    assert os.access(bag / "verify.sh", os.X_OK)
    assert (bag / "data" / "original" / "evidence.jpg").read_bytes() == CONTENT + b"b"
    assert (bag / "data" / "report.json").read_bytes() == report_on(CONTENT + b"b")
    assert json.loads((bag / "data" / "versions.json").read_bytes()) == VERSIONS
    information = bagit.Bag(str(bag)).info
    assert information["External-Identifier"] == "FW-2026-000002"
    assert information["Bag-Software-Agent"] == "facewarden 1.2.3"
    assert "FW-2026-000002" in (bag / "README.txt").read_text()


def test_it_says_nothing_of_other_cases(bag: Path) -> None:
    text = (bag / "data" / "custody" / "extract.jsonl").read_text()
    assert "FW-2026-000002" in text
    assert "FW-2026-000001" not in text
    assert "FW-2026-000003" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert "chain" in lines[0]
    assert [line["content"]["action"] for line in lines if "content" in line] == [
        "quarantine.begun",
        "quarantine.done",
        "release.begun",
        "release.done",
        "package.begun",
    ]
    private = [
        json.loads(path.read_bytes()) for path in sorted((bag / "data" / "custody" / "private").iterdir())
    ]
    assert [each["reason"] for each in private] == ["forged, says 은지", 'for \'a "lawyer" \\ n', "police"]


def renewed(bag: Path) -> None:
    """Make the manifests fit again, as somebody would who alters a package."""
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        names = [
            line[66:] for line in (bag / manifest).read_text().splitlines() if (bag / line[66:]).exists()
        ]
        sums = subprocess.run(
            ["sha256sum", *names], cwd=bag, capture_output=True, text=True, check=True, timeout=60
        )
        (bag / manifest).write_text(sums.stdout)


def swapped(path: Path, one: str, other: str) -> None:
    text = path.read_text()
    assert one in text
    path.write_text(text.replace(one, other))


EXTRACT, HEAD = Path("data/custody/extract.jsonl"), Path("data/custody/head.json")
REPORT = Path("data/report.json")


def drop(path: Path, index: int) -> None:
    lines = path.read_text().splitlines(keepends=True)
    del lines[index]
    path.write_text("".join(lines))


def first_private(bag: Path) -> Path:
    return min((bag / "data" / "custody" / "private").iterdir())


@pytest.mark.parametrize(
    ("alter", "what"),
    [
        (
            lambda bag: (bag / "data/original/evidence.jpg").write_bytes(b"another"),
            "is not the file that was taken",
        ),
        (lambda bag: swapped(bag / EXTRACT, '"actor":"bob"', '"actor":"eve"'), "the signature is wrong"),
        (lambda bag: swapped(bag / HEAD, '"count":', '"count":1'), "the head: the signature is wrong"),
        (lambda bag: drop(bag / EXTRACT, 2), "does not follow"),
        (lambda bag: drop(bag / EXTRACT, 3), "does not follow"),
        (lambda bag: drop(bag / EXTRACT, -1), "does not end at the head"),
        (lambda bag: swapped(bag / EXTRACT, '\n{"digest":"', '\n{"digest":"0'), "does not follow"),
        (lambda bag: swapped(first_private(bag), "forged", "forced"), "is not what was signed"),
        (lambda bag: (bag / "data" / "more").write_bytes(b""), "that the manifest does not list"),
        (lambda bag: swapped(bag / REPORT, "likely", "no_sign"), "the report is not the one that was packed"),
        (
            lambda bag: (bag / REPORT).write_bytes(report_on(CONTENT)),
            "the report is not the one that was packed",
        ),
        (lambda bag: (bag / REPORT).unlink(), "the report is missing"),
    ],
)
def test_what_was_altered_with_fitting_manifests_is_found(
    bag: Path, alter: Callable[[Path], object], what: str
) -> None:
    alter(bag)
    renewed(bag)
    said = said_by_script(bag)
    assert said.returncode == 1
    assert what in said.stderr
    assert "is whole" not in said.stdout


def test_what_was_altered_alone_is_found_by_both(bag: Path) -> None:
    (bag / "README.txt").write_bytes(b"")
    assert "beside the data" in said_by_script(bag).stderr
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(bag)).validate()
    shutil.rmtree(bag / "data" / "original")
    assert said_by_script(bag).returncode == 1


def test_a_package_appears_whole_or_not_at_all(opened: Vault, desk: Path, tmp_path: Path) -> None:
    number = take(opened, desk / "a.jpg")
    target = tmp_path / "out" / "p.zip"
    target.parent.mkdir()
    for options, why in [
        ({"report": tmp_path / "none"}, "cannot be read"),
        ({"report": desk}, "cannot be read"),
        ({"report": desk / "text"}, "is no report in JSON"),
        ({"report": desk / "other.json"}, "holds no report on the file of this case"),
        ({"report": desk / "made-up.json"}, "is no report on a file"),
        ({"time_stamp": desk / "text"}, "is no response of a time-stamping authority"),
    ]:
        (desk / "text").write_text("no JSON")
        (desk / "other.json").write_bytes(report_on(b"another file"))
        (desk / "made-up.json").write_text('{"level": "likely"}')
        with pytest.raises(UsageError, match=why):
            opened.package(number, actor="ann", reason="r", to=target, versions=VERSIONS, **options)  # type: ignore[arg-type]
        assert list(target.parent.iterdir()) == []
    opened.package(number, actor="ann", reason="r", to=target, versions=VERSIONS)
    before = target.read_bytes()
    with pytest.raises(UsageError, match="There is something at"):
        opened.package(number, actor="ann", reason="r", to=target, versions=VERSIONS)
    assert target.read_bytes() == before
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("name", ["a", "a.", "a.jpg\n", "a.$(x)", "a.verylongsuffix"])
def test_a_name_that_means_harm_is_not_used(opened: Vault, desk: Path, tmp_path: Path, name: str) -> None:
    number = take(opened, desk / name)
    opened.package(number, actor="ann", reason="r", to=tmp_path / "p.zip", versions=VERSIONS)
    with zipfile.ZipFile(tmp_path / "p.zip") as file:
        assert f"{number}/data/original/evidence" in file.namelist()
    assert said_by_script(unpacked(tmp_path / "p.zip")).returncode == 0


def test_the_report_that_was_kept_goes_along_with_the_versions_of_its_check(
    opened: Vault, desk: Path, tmp_path: Path
) -> None:
    kept = json.loads(report_on(CONTENT)) | {"versions": {"facewarden": "0.9", "models": {"net": "ab" * 6}}}
    (desk / "a.jpg").write_bytes(CONTENT)
    case = opened.quarantine(
        desk / "a.jpg", actor="ann", reason="r", report=json.dumps(kept, separators=(",", ":")).encode()
    )
    said = {"actor": "bob", "reason": "police", "versions": VERSIONS}
    opened.package(case.number, **said, to=tmp_path / "p.zip")
    bag = unpacked(tmp_path / "p.zip")
    bagit.Bag(str(bag)).validate()
    told = said_by_script(bag)
    assert (told.returncode, "another one" in told.stdout) == (0, False)
    packed = (bag / "data" / "report.json").read_bytes()
    assert json.loads(packed) == kept
    assert json.loads((bag / "data" / "versions.json").read_bytes()) == {
        **VERSIONS,
        "check": kept["versions"],
    }
    first = min((bag / "data" / "custody" / "private").iterdir())
    assert json.loads(first.read_bytes())["report_sha256"] == hashlib.sha256(packed).hexdigest()
    # One that is named takes its place.
    (tmp_path / "r.json").write_text(json.dumps(json.loads(report_on(CONTENT, level="weak")), indent=1))
    opened.package(case.number, **said, to=tmp_path / "q.zip", report=tmp_path / "r.json")
    bag = unpacked(tmp_path / "q.zip")
    assert (bag / "data" / "report.json").read_bytes() == report_on(CONTENT, level="weak")
    told = said_by_script(bag)
    assert (told.returncode, "The report is another one than" in told.stdout) == (0, True)
    assert json.loads((bag / "data" / "versions.json").read_bytes()) == VERSIONS
    opened.restore(case.number, actor="ann", reason="r")
    assert opened.report(case.number) is None


@pytest.mark.parametrize(
    ("kept", "code", "what"),
    [
        (report_on(CONTENT, path='은지 "sha256":"' + "ab" * 32 + '", \\'), 0, "is whole"),
        (b'{"path":"a.jpg","sha256":null,"level":"inconclusive"}', 0, "is whole"),
        (report_on(b"another file"), 1, "the report is on another file"),
        (
            b'{"path":"\\"x","sha256":"' + b"ab" * 32 + b'","level":"weak"}',
            1,
            "the report is on another file",
        ),
    ],
)
def test_the_script_reads_of_which_file_a_report_is(
    opened: Vault, desk: Path, tmp_path: Path, kept: bytes, code: int, what: str
) -> None:
    (desk / "a.jpg").write_bytes(CONTENT)
    number = opened.quarantine(desk / "a.jpg", actor="ann", reason="r", report=kept).number
    opened.package(number, actor="bob", reason="r", to=tmp_path / "p.zip", versions=VERSIONS)
    told = said_by_script(unpacked(tmp_path / "p.zip"))
    assert (told.returncode, what in told.stdout + told.stderr) == (code, True)


def test_what_a_check_writes_is_a_report_for_the_vault(tmp_path: Path) -> None:
    report = fabricated.clip_report(path='a "b\\.mp4\u2028\n')
    path = tmp_path / "r.jsonl"
    path.write_text(f"{report_json(report)}\n{across_json(across_files([report]))}\n", "utf-8")
    assert named_reports(path) == {report.sha256: report_json(report).encode()}
