"""What sightings are counted under."""

from __future__ import annotations

from facewarden.watch.subjects import of_content, of_list, of_material, of_person, whose


def test_whose_sightings_are_is_known_by_their_subject() -> None:
    anna = "a1" * 16
    assert whose(of_person(anna)) == whose(of_material(anna, 3)) == anna
    assert whose(of_content("0" * 64)) is whose(of_list("b" * 32, "c" * 16)) is None
    assert len({of_person(anna), of_material(anna, 1), of_material(anna, 2), of_content(anna)}) == 4
