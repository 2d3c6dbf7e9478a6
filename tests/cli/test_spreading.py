"""``facewarden spreading``: what it lists, in which order, and where it says nothing."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.cli.main import run
from facewarden.policy.outlook import outlook_of
from facewarden.policy.spread import Sighting, Spread
from facewarden.protect.store import opened
from facewarden.watch.session import DATABASE, JOURNAL
from facewarden.watch.state import opened as opened_state
from facewarden.watch.subjects import of_list, of_material, of_person
from tests.protect.making import KEY as KEY_OF_PEOPLE
from tests.protect.making import PASSPHRASE, make
from tests.watch.desk import Desk
from tests.watch.standing import ANNA, picture

Command = Callable[..., tuple[int, str, str]]
HOUR = 3600.0


@pytest.fixture
def spreading(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Run ``facewarden spreading ...``; (exit code, stdout, stderr)."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        code = run(["spreading", *map(str, arguments)])
        told = capfdbinary.readouterr()
        return code, told.out.decode(), told.err.decode()

    return call


def entries(shown: str) -> list[str]:
    return [line for line in shown.splitlines() if not line.startswith("  ")]


def counted(folder: Path, subject: str, *hours_ago: float, source: str = "chat") -> None:
    """Sightings in a state, as a watch that once ran would have left them."""
    folder.mkdir(exist_ok=True)
    with opened_state(folder / DATABASE) as state:
        (number,) = state.connection.execute("SELECT COUNT(*) FROM sighting").fetchone()
        state.connection.executemany(
            "INSERT INTO sighting(item, subject, time_s, source) VALUES(?, ?, ?, ?)",
            [
                (number + n, subject, time.time() - ago * HOUR, f"{source}/{n}")
                for n, ago in enumerate(hours_ago)
            ],
        )


def test_what_a_watch_at_work_counted_is_listed_with_its_cases(desk: Desk, spreading: Command) -> None:
    for number in range(4):
        desk.put(f"class-{number % 2}/{number}.jpg", picture("likely", "anna"))
    for number in range(3):
        desk.put(f"class-1/other-{number}.jpg", picture())
    desk.put("rare.jpg", picture(more="rare"))
    desk.once()
    with desk.watching():
        code, out, err = spreading(desk.state)
    assert code == 0
    material, person, content = out.split("\nfiles ")
    assert re.fullmatch(
        r"copies of file 1 of person a1a1a1a1a1a1\n"
        r"  4 files in 2 sources; first \S+\+00:00, last \S+\+00:00; level likely; match confirmed\n"
        r"  in the vault: FW-2026-000001, FW-2026-000002, FW-2026-000003 and 1 more\n"
        r"  forecast: \d+%; \d+ to \d+ to come with 80 %, median \d+; \d+% if as many come as just now "
        r"\(5 or more within 1d\)",
        material.replace(time.strftime("FW-%Y"), "FW-2026"),
    )
    assert person.startswith("that show person a1a1a1a1a1a1\n  4 files in 2 sources; ")
    assert re.match(
        r"of the content [0-9a-f]{12}\n  3 files in 1 source; .*; level no_sign; match none\n", content
    )
    assert "in the vault" not in content
    assert err.startswith("1 of 4 were seen fewer than 3 times")
    assert "A watch that is not at work sees nothing" in err


def test_the_most_probable_come_first_and_the_rare_only_where_asked_for(
    tmp_path: Path, spreading: Command
) -> None:
    counted(tmp_path, "sha256:" + "0" * 64, 40, 30, 20)
    counted(tmp_path, "sha256:" + "1" * 64, *(n / 10 for n in range(1, 12)))
    counted(tmp_path, of_person(ANNA), 2, 1)
    counted(tmp_path, of_list("b2" * 16, "c3" * 8), 8, 5, 2, 1)
    counted(tmp_path, of_material(ANNA, 7), 50, 49)  # older than the forecast remembers
    shown = entries(spreading(tmp_path)[1])
    fast, listed, slow = shown
    assert fast == f"files of the content {'1' * 12}"
    assert listed == f"copies of {'c3' * 8} on the list {'b2' * 6}"
    assert slow == f"files of the content {'0' * 12}"
    code, out, err = spreading(tmp_path, "--all")
    assert (code, entries(out)) == (0, [*shown, f"files that show person {ANNA[:12]}"])
    assert "  forecast: none, too little was seen (5 or more within 1d)\n" in out
    assert "fewer than" not in err


def test_json_tells_the_forecast_of_the_rules(tmp_path: Path, spreading: Command) -> None:
    counted(tmp_path, of_material(ANNA, 7), 3, 2, 1)
    counted(tmp_path, of_person(ANNA), 1)
    words = (tmp_path, "--json", "--all", "--copies", "2", "--within", "6h")
    first, second = map(json.loads, spreading(*words)[1].splitlines())
    now_s = time.time()
    outlook = outlook_of(
        Spread(tuple(Sighting(now_s - ago * HOUR) for ago in (3, 2, 1)), now_s=now_s),
        copies=2,
        within_s=6 * HOUR,
    )
    assert first["forecast"]["chance"] == pytest.approx(outlook.chance, abs=0.01)
    assert first["forecast"]["as_just_now"] == pytest.approx(outlook.as_just_now)
    assert first["forecast"]["coming"]["median"] == outlook.coming.median
    assert (first["subject"], first["person"]) == (of_material(ANNA, 7), ANNA)
    assert (first["seen"], first["sources"]) == (3, 3)
    assert (first["level"], first["match"], first["cases"]) == (None, None, [])
    assert first["asked"] == {"copies": 2, "within_s": 6 * HOUR}
    assert first["first"] < first["last"]
    assert (second["person"], second["seen"], second["forecast"]) == (ANNA, 1, None)


def test_people_are_named_by_their_store_alone(
    tmp_path: Path, spreading: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_PASSPHRASE", PASSPHRASE)
    make(tmp_path / "people")
    with opened(tmp_path / "people", KEY_OF_PEOPLE) as store:
        ann = store.add("Ann", purpose="tests").id
    counted(tmp_path / "state", of_person(ann), 3, 2, 1)
    counted(tmp_path / "state", of_material(ANNA, 7), 4, 3, 2)
    words = (tmp_path / "state", "--people", tmp_path / "people")
    assert set(entries(spreading(*words)[1])) == {
        "files that show Ann",
        "copies of file 7 of a person who was forgotten",
    }
    named = {
        each["person"]: each["name"] for each in map(json.loads, spreading(*words, "--json")[1].splitlines())
    }
    assert named == {ann: "Ann", ANNA: None}


def test_strange_lines_of_the_journal_say_nothing(tmp_path: Path, spreading: Command) -> None:
    counted(tmp_path, "sha256:" + "0" * 64, 3, 2, 1)
    (tmp_path / JOURNAL).write_text('{"kind": "judged", "sha256": 1}\n[]\nnothing\n')
    assert "level" not in spreading(tmp_path)[1]


def test_where_nothing_is_to_be_shown(
    tmp_path: Path, spreading: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_STATE", str(tmp_path / "none"))
    code, out, err = spreading()
    assert (code, out) == (2, "")
    assert "No watch has left a state" in err
    counted(tmp_path, of_person(ANNA))
    assert spreading(tmp_path) == (0, "", "Nothing was seen in the last 48 hours.\n")
    code, _, err = spreading(tmp_path, "--within", "49h")
    assert code == 2
    assert "48h at most" in err
    (tmp_path / DATABASE).write_bytes(b"something else entirely" * 100)
    code, _, err = spreading(tmp_path)
    assert code == 2
    assert "could not be read" in err
    (tmp_path / DATABASE).write_bytes(b"")
    assert "not written by this version" in spreading(tmp_path)[2]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
