"""Detection against budget as a Markdown table: one row for each attacker and budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from facewarden.lab.bench import metrics
from facewarden.lab.bench.evasion import Outcome
from facewarden.lab.bench.markdown import interval, table
from facewarden.report.model import Level

_ATTACKERS = {
    "gradient": "white box",
    "score": "score only",
    "aware": "white box, aware of the second look",
}
_HEAD = (
    "attacker",
    "PSNR, at least",
    "n",
    "found (`likely` or above)",
    "weak or inconclusive",
    "abstained",
    "of it `unstable`",
    "`no_sign`",
    "of it without another cue",
    "mean logit",
    "SSIM",
    "after JPEG 75: found",
    "after JPEG 75: `no_sign`",
)


def markdown(outcomes: Sequence[Outcome]) -> str:
    """The table: shares with 95 % intervals (Wilson), and counts. Untouched forgeries have one row."""
    untouched = [o for o in outcomes if o.budget_db == float("inf")]
    # Every attacker begins with the same forgeries.
    rows = [_row("nobody", "untouched", [o for o in untouched if o.how == untouched[0].how])]
    rows += [_row(_ATTACKERS[how], f"{db:g} dB", group) for how, db, group in _groups(outcomes)]
    return "\n".join(table(_HEAD, rows)) + "\n"


def _groups(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, float, list[Outcome]]]:
    for how in dict.fromkeys(o.how for o in outcomes):
        budgets = {o.budget_db for o in outcomes if o.how == how} - {float("inf")}
        for budget_db in sorted(budgets, reverse=True):
            yield how, budget_db, [o for o in outcomes if (o.how, o.budget_db) == (how, budget_db)]


def _row(attacker: str, budget: str, group: Sequence[Outcome]) -> list[str]:
    def count(what: Callable[[Outcome], bool]) -> int:
        return sum(what(o) for o in group)

    def share(what: Callable[[Outcome], bool]) -> str:
        return interval(metrics.share(count(what), len(group)))

    logits = [o.seen.logit for o in group if o.seen.logit is not None]
    return [
        attacker,
        budget,
        str(len(group)),
        share(lambda o: o.seen.found),
        share(lambda o: o.seen.unclear),
        share(lambda o: o.seen.abstained),
        str(count(lambda o: o.seen.reason == "unstable")),
        share(lambda o: o.seen.level is Level.NO_SIGN),
        str(count(lambda o: o.seen.fooled)),
        f"{np.mean(logits):.1f}" if logits else "–",
        f"{np.mean([o.ssim for o in group]):.3f}",
        str(count(lambda o: o.after_jpeg.found)),
        str(count(lambda o: o.after_jpeg.level is Level.NO_SIGN)),
    ]
