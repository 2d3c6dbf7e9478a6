"""Lists of others: each form to the byte, hostile ones refused, and Meta's own package reads what we write."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import UsageError
from facewarden.matching.exchange import FORMATS, Kind, Signal, read, write
from facewarden.matching.exchange import signal as signal_module
from facewarden.matching.index import HashIndex
from facewarden.matching.pdq import MATCH, Pdq, pdq_of, words_of
from people import collins, hopper
from tests.matching.edits import jpeg

GOLDEN = Path(__file__).parent / "golden"
PDQ_A = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
PDQ_B = "d8f8f0cec0f4a84f0637022a278f67f0b36e2ed596621e1d33e6b39c4e9c9b22"
SIGNALS = {
    "csv": [
        Signal(Kind.PDQ, PDQ_A, 97, "case 17"),
        Signal(Kind.VIDEO_MD5, "b1" * 16, 100, "=not a formula"),
        Signal(Kind.PHOTO_MD5, "a1" * 16, 100, "'quoted"),
        Signal(Kind.SHA256, "c3" * 32, 100, 'with "quotes", commas'),
    ],
    "threatexchange": [Signal(Kind.PDQ, PDQ_A), Signal(Kind.PDQ, PDQ_B), Signal(Kind.VIDEO_MD5, "b1" * 16)],
    "ncmec": [
        Signal(Kind.PDQ, PDQ_A, 100, "image1"),
        Signal(Kind.PHOTO_MD5, "a1" * 16, 100, "a<b & c"),
        Signal(Kind.VIDEO_MD5, "b1" * 16, 100, "video1"),
    ],
    "stopncii": [Signal(Kind.PDQ, PDQ_A, 100, "SN-17"), Signal(Kind.VIDEO_MD5, "b1" * 16)],
}
FILES = {
    "csv": "list.csv",
    "threatexchange": "signals.txt",
    "ncmec": "entries.xml",
    "stopncii": "hashes.json",
}


def test_every_form_has_a_golden_file() -> None:
    assert set(FILES) == set(SIGNALS) == set(FORMATS)


@pytest.mark.parametrize("form", FILES)
def test_a_list_is_written_as_the_golden_file(form: str) -> None:
    assert write(form, SIGNALS[form]) == (GOLDEN / FILES[form]).read_bytes()


@pytest.mark.parametrize("form", FILES)
def test_the_golden_file_is_read_as_what_was_written(form: str) -> None:
    assert read(form, (GOLDEN / FILES[form]).read_bytes()) == SIGNALS[form]


HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
NOTES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=40)


@given(st.lists(st.builds(Signal, st.sampled_from([Kind.PDQ, Kind.SHA256]), HEX, st.integers(0, 100), NOTES)))
def test_any_table_comes_back(signals: list[Signal]) -> None:
    assert read("csv", write("csv", signals)) == signals


@given(st.lists(HEX, max_size=6), st.sampled_from(["threatexchange", "ncmec", "stopncii"]))
def test_any_hashes_come_back(values: list[str], form: str) -> None:
    signals = [Signal(Kind.PDQ, value) for value in values]
    assert [(s.kind, s.value) for s in read(form, write(form, signals))] == [(Kind.PDQ, v) for v in values]


def test_what_ncmec_sends_beside_hashes_is_passed_over() -> None:
    data = (GOLDEN / "ncmec_answer.xml").read_bytes()
    assert read("ncmec", data) == [
        Signal(Kind.PHOTO_MD5, "a1" * 16, 100, "image1"),
        Signal(Kind.PDQ, PDQ_A, 100, "image1"),
        Signal(Kind.VIDEO_MD5, "b1" * 16, 100, "video1"),
    ]


def test_what_was_withdrawn_at_stopncii_is_not_used() -> None:
    answer = json.loads((GOLDEN / "hashes.json").read_bytes())
    answer["hashRecords"][0]["hashStatus"] = "Withdrawn"
    answer["hashRecords"][1]["signalType"] = "Text"
    assert read("stopncii", json.dumps(answer).encode()) == []


def test_other_signals_of_a_signal_file_are_passed_over() -> None:
    data = f"\nurl https://example.org/x\nraw_text some words\npdq {PDQ_A.upper()}\r\n".encode()
    assert read("threatexchange", data) == [Signal(Kind.PDQ, PDQ_A)]


def test_columns_may_come_in_any_order_and_some_be_missing() -> None:
    data = b"\xef\xbb\xbfvalue,Kind\r\n" + PDQ_A.encode() + b",pdq\r\n\r\n"
    assert read("csv", data) == [Signal(Kind.PDQ, PDQ_A)]


ENTITIES = b"""<!DOCTYPE queryResult [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<queryResult><images><image><id>&b;</id></image></images></queryResult>"""
OUTSIDE = b'<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]><queryResult>&x;</queryResult>'
DEEP = b"<queryResult>" + b"<a>" * 30 + b"</a>" * 30 + b"</queryResult>"


@pytest.mark.parametrize(
    ("form", "data", "says"),
    [
        ("csv", b"", "first line must name"),
        ("csv", b"kind,value,kind\n", "first line must name"),
        ("csv", b"kind,value\npdq\n", r"Line 2: 2 cells were expected, but there are 1"),
        (
            "csv",
            b"kind,value\npdq,zz\n",
            r"Line 2: pdq needs 64 hex digits, but the list has 'zz' \(2 characters\)",
        ),
        ("csv", b"kind,value\npdq,\x1b[31m\n", r"'\\x1b\[31m'"),
        ("csv", b"kind,value\nmd4,00\n", "'md4' is no kind of hash; there are pdq"),
        ("csv", f"kind,value,quality\npdq,{PDQ_A},101\n".encode(), "quality must be 0 to 100, but is '101'"),
        ("csv", f"kind,value,quality\npdq,{PDQ_A},1_0\n".encode(), "quality must be 0 to 100"),
        ("csv", f"kind,value,note\npdq,{PDQ_A},{'n' * 201}\n".encode(), "at most 200 printable"),
        ("csv", b'kind,value\n"pdq,00\n', "this is no CSV"),
        ("csv", b"kind,value\n" + b"x" * 200_000 + b",1\n", "no CSV"),
        ("csv", b"\xff\xfe\x00", "no UTF-8 text"),
        ("csv", b"kind,value\n\0", "NUL characters"),
        ("threatexchange", b"pdq abc\n", "Line 1: pdq needs 64 hex digits"),
        ("threatexchange", b"PK\x03\x04\n", "Line 1: a signal file has lines such as"),
        ("threatexchange", ("pdq " + "٠" * 64).encode(), "needs 64 hex digits"),
        ("ncmec", b"", "no XML of NCMEC"),
        ("ncmec", b"<queryResult><images>", "cut short"),
        ("ncmec", b"<html/>", "begins with 'html'"),
        ("ncmec", b'<queryResult xmlns="https://example.org"/>', "begins with 'queryResult'"),
        ("ncmec", ENTITIES, "declares a document type"),
        ("ncmec", OUTSIDE, "declares a document type"),
        ("ncmec", DEEP, "nested deeper"),
        ("ncmec", b'<?xml version="1.0" encoding="x-none"?><queryResult/>', "no XML|encoding"),
        (
            "ncmec",
            b"<queryResult><images><image><fingerprints><pdq>1</pdq></fingerprints></image></images></queryResult>",
            "Entry 1: pdq needs 64 hex digits",
        ),
        ("stopncii", b"{", "no list of StopNCII"),
        ("stopncii", b"[" * 100_000, "no list of StopNCII"),
        ("stopncii", b"{}", "hashRecords: Field required"),
        (
            "stopncii",
            b'{"hashRecords": [{"signalType": "ImagePDQ", "hashValue": "0"}]}',
            "Record 1: pdq needs 64 hex digits",
        ),
    ],
)
def test_a_hostile_or_broken_list_is_refused(form: str, data: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read(form, data)


@pytest.mark.parametrize("form", FILES)
def test_lists_beyond_all_bounds_are_refused(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (GOLDEN / FILES[form]).read_bytes()
    monkeypatch.setattr(signal_module, "MOST_SIGNALS", 1)
    with pytest.raises(UsageError, match="more than 1 entries"):
        read(form, data)
    monkeypatch.setattr(signal_module, "MOST_BYTES", len(data) - 1)
    with pytest.raises(UsageError, match="more than the 0 MiB of a list"):
        read(form, data)


@pytest.mark.parametrize("form", FILES)
def test_a_list_that_was_cut_short_never_yields_a_wrong_hash(form: str) -> None:
    data = (GOLDEN / FILES[form]).read_bytes()
    whole = {(each.kind, each.value) for each in SIGNALS[form]}
    for end in range(0, len(data), 7):
        try:
            found = read(form, data[:end])
        except UsageError:
            continue
        assert {(each.kind, each.value) for each in found} <= whole


def test_what_a_form_has_no_room_for_is_refused() -> None:
    with pytest.raises(UsageError, match="stopncii has no room for sha256, only for pdq, video_md5"):
        write("stopncii", [Signal(Kind.SHA256, "0" * 64)])
    for use in (lambda: read("xls", b""), lambda: write("xls", [])):
        with pytest.raises(UsageError, match="no form of lists named xls; there are csv"):
            use()


def test_metas_matcher_finds_what_we_export(tmp_path: Path) -> None:
    file_api = pytest.importorskip("threatexchange.exchanges.impl.file_api")
    from threatexchange.signal_type.pdq.signal import PdqSignal

    path = tmp_path / "signals.txt"
    ours = [Signal(Kind.PDQ, pdq_of(picture).hex) for picture in (collins(), hopper())]
    path.write_bytes(write("threatexchange", ours))
    collab = file_api.FileCollaborationConfig(name="ours", api="local_file", enabled=True, filename=str(path))
    (delta,) = file_api.LocalFileSignalExchangeAPI.for_collab(collab).fetch_iter([PdqSignal], None)
    values = [
        PdqSignal.validate_signal_str(value) for kind, value in delta.updates if kind == PdqSignal.get_name()
    ]
    assert values == [each.value for each in ours]
    theirs = PdqSignal.get_index_cls().build([(value, value) for value in values])
    found = theirs.query(pdq_of(jpeg(hopper(), 30)).hex)
    assert [match.metadata for match in found] == [ours[1].value]


def test_ours_finds_what_metas_package_exports() -> None:
    hasher = pytest.importorskip("threatexchange.signal_type.pdq.signal").PdqSignal
    import io

    from PIL import Image

    lines = []
    for picture in (collins(), hopper()):
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "PNG")
        lines.append(f"{hasher.get_name()} {hasher.hash_from_bytes(stream.getvalue())}\n")
    signals = read("threatexchange", "".join(lines).encode())
    index = HashIndex()
    index.add(words_of([Pdq.from_hex(each.value) for each in signals]), np.arange(2))
    near = index.within(words_of([pdq_of(jpeg(collins(), 30))])[0], MATCH)
    assert near.owners.tolist() == [0]


def test_metas_package_reads_our_lists_of_ncmec_and_stopncii() -> None:
    hash_api = pytest.importorskip("threatexchange.exchanges.clients.ncmec.hash_api")
    import xml.etree.ElementTree as ET

    root = ET.fromstring(write("ncmec", SIGNALS["ncmec"]))
    for element in root.iter():  # their client takes the name space away, too
        element.tag = element.tag.rpartition("}")[2]
    entries = hash_api.GetEntriesResponse.from_xml(hash_api._XMLWrapper(root), 0).updates
    assert [(each.entry_type.value, each.id, each.fingerprints, each.deleted) for each in entries] == [
        ("image", "image1", {"pdq": PDQ_A}, False),
        ("image", "a<b & c", {"md5": "a1" * 16}, False),
        ("video", "video1", {"md5": "b1" * 16}, False),
    ]
    from enum import Enum

    import dacite
    from threatexchange.exchanges.clients.stopncii import api

    answer = json.loads(write("stopncii", SIGNALS["stopncii"]))
    response = dacite.from_dict(api.FetchHashesResponse, answer, dacite.Config(cast=[Enum, set]))
    assert [(each.signalType.value, each.hashValue) for each in response.hashRecords] == [
        ("ImagePDQ", PDQ_A),
        ("VideoMD5", "b1" * 16),
    ]
