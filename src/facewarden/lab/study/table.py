"""The results of a study as Markdown, for a terminal and for a page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from facewarden.lab.bench import markdown
from facewarden.lab.bench.markdown import Slot
from facewarden.lab.study.plan import FAMILIES, FULL
from facewarden.lab.study.results import MEAN, OTHERS, Change, Curve, Estimate, Measure, Results

SLOT = Slot("study", "Study")
"""Where the tables stand in a page."""

_TITLES = {"twins": "More twins", "people": "More people", "compute": "More steps"}
_SHARES = {"twins": "share of the twins", "people": "share of the people", "compute": "factor on the steps"}
_COUNTED = {"twins": "pairs", "people": "people", "compute": "steps"}
_MEASURES: tuple[tuple[Measure, str], ...] = (("auc", "AUC"), ("paired", "Pairs"))


def render(results: Results) -> str:
    """Return the tables with the words that are needed to read them."""
    return "\n".join(_document(results)) + "\n"


def _document(results: Results) -> Iterator[str]:
    yield from _reading(results)
    yield from _full(results)
    if results.left_out:
        yield from _left_out(results)
    for curve in results.curves:
        yield from _curve(results, curve)


def _reading(results: Results) -> Iterator[str]:
    config = results.config
    minutes = sum(one.seconds for one in results.trainings) / 60
    families = ", ".join(f"`{family}` {weight:g}" for family, weight in results.families.items())
    yield _wrapped(
        f"{len(results.trainings)} trainings from the published ImageNet weights, {config['steps']} steps of "
        f"{config['pairs_per_step']} pairs each where nothing else is said, {minutes:.0f} minutes of training in all; "
        f"seeds: {', '.join(map(str, config['seeds']))}. Families, with their weights: {families}. "
        "Measured on `dev`. The trainings are short, and to be compared with each other alone."
    )
    yield f"""
- AUC: chance that a forgery scores above a genuine file. Pairs: share of forgeries that score above their own genuine
  twin, ties half. By file, the mean over its faces.
- In brackets: 95 % intervals from {config["rounds"]} draws of whole people, or of files where fewer than 10 people of a
  class are known, a forgery and its twin drawn as one. Both sides of a difference are judged on the same draws.
- The mean over families counts each family once that `dev` has forgeries of, and within it each kind once.
- A difference is *told* where its interval does not hold 0 and it has the same sign for every seed; never where
  fewer than ten people or files with a forgery can be drawn. Intervals hold the chance of who is in `dev`. That of the
  training they hold not: with one seed, a small difference may be luck. Of many intervals a few lie off 0 by chance."""


def _full(results: Results) -> Iterator[str]:
    yield from ["", "### All families, all of the material", ""]
    rows = [
        (
            kind.method,
            kind.family if kind.family in results.families else "never trained on",
            ", ".join(kind.against),
            str(kind.forged),
            str(kind.genuine),
            _cell(results.level(FULL.name, kind.method, "auc")),
            _cell(results.level(FULL.name, kind.method, "paired")),
            kind.unit,
        )
        for kind in results.kinds
    ]
    mean = ("*mean over families*", *["–"] * 4, _cell(results.level(FULL.name, MEAN, "auc")), "–", "–")
    head = ("forgery", "family", "against", "forged", "genuine", "AUC", "pairs", "intervals over")
    yield from markdown.table(head, [*rows, mean])


def _left_out(results: Results) -> Iterator[str]:
    yield from ["", "### A family left out", ""]
    yield "How forgeries of a family are found by a network that learnt from it, and by one that never saw any of them."
    yield "Difference: left out minus trained on."
    yield ""
    rows, unmeasured, others = [], [], []
    for family, changes in results.left_out.items():
        methods = dict.fromkeys(change.subject for change in changes if change.subject != OTHERS)
        for method in methods:
            of_method = {change.measure: change for change in changes if change.subject == method}
            cells = [cell for measure, _ in _MEASURES for cell in _compared(of_method.get(measure))]
            rows.append((family, method, *cells))
        if not methods:
            unmeasured.append(family)
        others += [(family, *_compared(change)) for change in changes if change.subject == OTHERS]
    compared = [
        f"{name}, {way}" for name in ("AUC", "pairs") for way in ("trained on", "left out", "difference")
    ]
    if rows:
        yield from markdown.table(("left out", "forgery", *compared), rows)
    for family in unmeasured:
        what = " or ".join(FAMILIES[family]) or "attacks"
        yield from [
            "",
            f"`{family}`: `dev` was measured on no forgeries of it ({what}), so it has no row above.",
        ]
    if others:
        yield from ["", "What leaving a family out does to the mean AUC over the other families:", ""]
        yield from markdown.table(("left out", "AUC with it", "AUC without it", "difference"), others)


def _curve(results: Results, curve: Curve) -> Iterator[str]:
    yield from ["", f"### {_TITLES[curve.axis]}", "", _sentence(curve)]
    methods = [kind.method for kind in results.kinds]
    for measure, title in _MEASURES:
        subjects = [
            subject
            for subject in (*methods, MEAN)
            if any(results.level(setting, subject, measure) for setting in curve.settings)
        ]
        if not subjects:
            continue
        rows = [
            (
                f"{amount:g}",
                _count(results, curve.axis, setting),
                *(_cell(results.level(setting, subject, measure)) for subject in subjects),
            )
            for amount, setting in zip(curve.amounts, curve.settings, strict=True)
        ]
        last = {change.subject: change for change in curve.last_step if change.measure == measure}
        steps = [_signed(last[subject]) if subject in last else "–" for subject in subjects]
        yield from ["", f"{title}:", ""]
        yield from markdown.table(
            (_SHARES[curve.axis], _COUNTED[curve.axis], *subjects), [*rows, ("last step", "–", *steps)]
        )


def _sentence(curve: Curve) -> str:
    """Whether more still pays: by the last step of the mean over families, then by kinds that tell it themselves."""
    before, after = curve.amounts[-2:]
    step = f"From {before:g} to {after:g} ({_SHARES[curve.axis]})"
    mean = next((change for change in curve.last_step if change.subject == MEAN), None)
    if mean is None:
        said = f"{step}: `dev` has no forgeries of the families that were trained on, so nothing is told."
    else:
        verdict = {
            "higher": "it still pays",
            "lower": "it does harm",
            "not told apart": "that it still pays is not shown",
            "cannot be told": "too few people or files to tell",
        }[mean.outcome]
        said = f"{step} the mean AUC over families changes by {_signed(mean)}: {verdict}."
    ways = {"higher": "better", "lower": "worse"}
    alone = [
        f"{change.subject} ({ways[change.outcome]} by {'pairs' if change.measure == 'paired' else 'AUC'})"
        for change in curve.last_step
        if change.outcome in ways and change.subject != MEAN
    ]
    return _wrapped(f"{said} Told by a kind of forgery alone: {', '.join(alone) or 'none'}.")


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def _count(results: Results, axis: str, setting: str) -> str:
    """How many pairs, people or steps the trainings of a setting had; over the seeds, where they differ."""
    found = {
        {"twins": one.twins, "people": one.people, "compute": one.config["steps"]}[axis]
        for one in results.trainings
        if one.setting == setting
    }
    return "–".join(str(count) for count in sorted({min(found), max(found)}))


def _compared(change: Change | None) -> Sequence[str]:
    if change is None:
        return ("–", "–", "–")
    return (_cell(change.was), _cell(change.became), _signed(change))


def _cell(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return markdown.interval(estimate.interval)


def _signed(change: Change) -> str:
    """Such as ``+0.021 [+0.010, +0.034] told``."""
    found = change.difference
    if found.low is None or found.high is None:
        return f"{found.value:+.3f}"
    told = " told" if change.outcome in ("higher", "lower") else ""
    return f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]{told}"
