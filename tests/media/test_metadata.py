from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from facewarden.media.metadata import MAX_CHARACTERS, MAX_KEYS, MAX_XMP_CHARACTERS, Metadata

values = st.one_of(st.text(), st.binary(), st.integers(), st.floats(), st.lists(st.integers()))


@given(st.dictionaries(st.text(), values))
def test_tags_stay_within_bounds_and_are_text(tags: dict[str, object]) -> None:
    metadata = Metadata()
    metadata.add_all("container", tags)
    for key, text in metadata.tags.items():
        assert key.startswith("container.")
        assert 0 < len(text) <= MAX_CHARACTERS
        text.encode("utf-8")


def test_number_and_length_are_cut() -> None:
    metadata = Metadata()
    metadata.add_all("text", {str(number): "value" for number in range(300)})
    assert len(metadata.tags) == MAX_KEYS
    metadata = Metadata()
    metadata.add("xmp", "y" * 50_000)
    metadata.add("other", "y" * 50_000)
    assert [len(each) for each in metadata.tags.values()] == [MAX_XMP_CHARACTERS, MAX_CHARACTERS]


def test_places_are_left_out() -> None:
    metadata = Metadata()
    metadata.add_all("container", {"location-eng": "+52+004/", "com.apple.quicktime.location.ISO6709": "x"})
    metadata.add_all("exif", {"GPSInfo": "x", "Software": "Editor"})
    assert metadata.tags == {"exif.Software": "Editor"}


def test_terminal_codes_are_taken_out() -> None:
    metadata = Metadata()
    metadata.add("comment", "\x1b[31mred\x07 two\nlines")
    assert metadata.tags["comment"] == "[31mred two\nlines"
