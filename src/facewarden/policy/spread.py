"""When and where copies of one item, or of one person, were seen."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Sighting:
    """One copy: `time_s` in seconds since 1970 (UTC), and the source that it was seen in."""

    time_s: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """Sightings up to `now_s` (the last one where it is not given), in the order of time."""

    sightings: tuple[Sighting, ...] = ()
    now_s: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sightings", tuple(sorted(self.sightings)))

    @property
    def until_s(self) -> float:
        """The moment from which windows reach back."""
        if self.now_s is not None:
            return self.now_s
        return self.sightings[-1].time_s if self.sightings else 0.0

    def within(self, window_s: float) -> tuple[Sighting, ...]:
        """The sightings of the last `window_s` seconds, both ends included; none from after now."""
        times = [sighting.time_s for sighting in self.sightings]
        first = bisect_left(times, self.until_s - window_s)
        return self.sightings[first : bisect_right(times, self.until_s)]

    def copies(self, window_s: float) -> int:
        """How many copies were seen in the last `window_s` seconds."""
        return len(self.within(window_s))

    def sources(self, window_s: float) -> int:
        """In how many different sources."""
        return len({sighting.source for sighting in self.within(window_s)})


def in_words(files: int, sources: int) -> str:
    """Such as ``3 files in 2 sources``."""
    return f"{files} file{'' if files == 1 else 's'} in {sources} source{'' if sources == 1 else 's'}"
