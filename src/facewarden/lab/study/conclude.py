"""From scores to what they say: levels of every setting, and what leaving out or giving more changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from facewarden.lab.harden.scores import Scored
from facewarden.lab.study.figures import Bout, Pool, bouts
from facewarden.lab.study.plan import FULL, Setting
from facewarden.lab.study.results import (
    MEAN,
    OTHERS,
    Change,
    Curve,
    Estimate,
    Kind,
    Level,
    Measure,
    Outcome,
)

_MEASURES: tuple[Measure, ...] = ("auc", "paired")


@dataclass(frozen=True, slots=True)
class Conclusions:
    """What `Results` holds of figures."""

    kinds: tuple[Kind, ...]
    levels: tuple[Level, ...]
    left_out: dict[str, tuple[Change, ...]]
    curves: tuple[Curve, ...]


def conclude(
    scores: Mapping[str, Mapping[str, Sequence[Scored]]],
    networks: Mapping[Setting, Sequence[str]],
    *,
    families: Sequence[str],
    rounds: int,
) -> Conclusions:
    """Measure all settings.

    Args:
        scores: of every network, by its name and group.
        networks: the names of each setting, the seeds of all in the same order.
        families: that were trained on; the mean is over those of them that ``dev`` has forgeries of.
        rounds: draws of each interval.
    """
    return _Judge(bouts(scores), networks, families, rounds).conclusions()


@dataclass(frozen=True, slots=True)
class _Judge:
    found: Sequence[Bout]
    networks: Mapping[Setting, Sequence[str]]
    families: Sequence[str]
    rounds: int

    def conclusions(self) -> Conclusions:
        left_out = [setting for setting in self.networks if setting.left_out]
        return Conclusions(
            kinds=tuple(bout.kind() for bout in self.found),
            levels=tuple(self._levels()),
            left_out={setting.left_out: tuple(self._effects(setting)) for setting in left_out},
            curves=tuple(self._curves()),
        )

    def _subjects(self) -> Iterator[tuple[str, Measure, Pool]]:
        """(name, measure, the kinds behind it)."""
        for bout in self.found:
            for measure in _MEASURES:
                yield bout.contest.name, measure, Pool((bout,), self.rounds)
        yield MEAN, "auc", self._pool(self.families)

    def _levels(self) -> Iterator[Level]:
        settings = {setting.name: names for setting, names in self.networks.items()}
        for subject, measure, pool in self._subjects():
            for setting, estimate in pool.levels(settings, measure).items():
                yield Level(setting, subject, measure, estimate)

    def _effects(self, setting: Setting) -> Iterator[Change]:
        """What leaving a family out does to the forgeries of it, and to the others."""
        for bout in self.found:
            if bout.family == setting.left_out:
                for measure in _MEASURES:
                    yield from self._change(
                        FULL, setting, bout.contest.name, measure, Pool((bout,), self.rounds)
                    )
        others = self._pool([family for family in self.families if family != setting.left_out])
        yield from self._change(FULL, setting, OTHERS, "auc", others)

    def _curves(self) -> Iterator[Curve]:
        axes = dict.fromkeys(setting.axis for setting in self.networks if setting.axis)
        for axis in axes:
            points = [setting for setting in self.networks if setting.axis == axis]
            points = sorted([*points, FULL], key=lambda setting: setting.amount)
            changes = [
                change
                for subject, measure, pool in self._subjects()
                for change in self._change(points[-2], points[-1], subject, measure, pool)
            ]
            yield Curve(
                axis=axis,
                amounts=tuple(setting.amount for setting in points),
                settings=tuple(setting.name for setting in points),
                last_step=tuple(changes),
            )

    def _change(
        self, before: Setting, after: Setting, subject: str, measure: Measure, pool: Pool
    ) -> Iterator[Change]:
        """The change, where it can be measured."""
        names = {setting.name: self.networks[setting] for setting in (before, after)}
        levels = pool.levels(names, measure)
        difference = pool.difference(self.networks[before], self.networks[after], measure)
        if difference is not None:
            was, became = levels[before.name], levels[after.name]
            outcome = told(difference, few=_all_few(pool))
            yield Change(before.name, after.name, subject, measure, was, became, difference, outcome)

    def _pool(self, families: Sequence[str]) -> Pool:
        return Pool(tuple(bout for bout in self.found if bout.family in families), self.rounds)


def told(difference: Estimate, *, few: bool) -> Outcome:
    """The rule: a difference is told where its interval does not hold 0 and all seeds point the same way."""
    if few or difference.low is None or difference.high is None:
        return "cannot be told"
    if difference.low > 0 and min(difference.seeds) > 0:
        return "higher"
    if difference.high < 0 and max(difference.seeds) < 0:
        return "lower"
    return "not told apart"


def _all_few(pool: Pool) -> bool:
    return all(bout.kind().few for bout in pool.bouts)
