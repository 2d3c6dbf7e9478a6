"""What sightings are counted under, in words that stay the same and name nobody."""

from __future__ import annotations

_PERSON, _MATERIAL = "person", "material"


def of_content(sha256: str) -> str:
    """Files of this very content."""
    return f"sha256:{sha256}"


def of_material(person: str, item: int) -> str:
    """Copies of an enrolled file: the id of whose it is, and its number among hers."""
    return f"{_MATERIAL}:{person}:{item}"


def of_list(list_id: str, entry: str) -> str:
    """Copies of what a list of others names."""
    return f"listed:{list_id}:{entry}"


def of_person(person: str) -> str:
    """Files that show an enrolled person, by id."""
    return f"{_PERSON}:{person}"


def whose(subject: str) -> str | None:
    """The id of the enrolled person whom sightings of `subject` tell of, None where they tell of nobody."""
    kind, _, rest = subject.partition(":")
    return rest.partition(":")[0] if kind in (_PERSON, _MATERIAL) else None
