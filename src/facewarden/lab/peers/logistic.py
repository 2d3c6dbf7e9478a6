"""Small logistic regressions on headers and on plain numbers, strong enough to show what a shortcut is worth.

Each number of a header enters twice, standardised after a logarithm and as the tenth of the training values that it
falls in, so that the sum may bend; each word enters as one of those seen in training. Fitted by Newton's method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from facewarden.lab.peers.headers import Header

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_Row = TypeVar("_Row")
_Rows = Sequence[Mapping[str, float]]

_TENTHS = np.linspace(0.1, 0.9, 9)


@dataclass(frozen=True, slots=True)
class HeaderEncoding:
    """How headers of one kind of media become rows of numbers; learnt from the training headers alone."""

    means: dict[str, float]
    deviations: dict[str, float]
    edges: dict[str, Floats]
    words: tuple[tuple[str, str], ...]

    @classmethod
    def fit(cls, headers: Sequence[Header]) -> HeaderEncoding:
        names = list(headers[0].numbers)
        columns = {name: _log(np.array([h.numbers[name] for h in headers])) for name in names}
        return cls(
            means={name: float(column.mean()) for name, column in columns.items()},
            deviations={name: float(column.std()) or 1.0 for name, column in columns.items()},
            edges={name: np.unique(np.quantile(column, _TENTHS)) for name, column in columns.items()},
            words=tuple(sorted({pair for h in headers for pair in h.words.items()})),
        )

    def rows(self, headers: Sequence[Header]) -> Floats:
        """Return (N, D) for N headers; the last column is the constant 1."""
        blocks: list[Floats] = []
        for name, mean in self.means.items():
            column = _log(np.array([h.numbers[name] for h in headers]))
            slots = np.searchsorted(self.edges[name], column, side="right")
            # Six deviations bound what one odd file can do to a straight line.
            blocks.append(np.clip((column - mean) / self.deviations[name], -6, 6)[:, None])
            blocks.append(np.eye(len(self.edges[name]) + 1)[slots])
        seen = [[float(h.words.get(name) == word) for name, word in self.words] for h in headers]
        blocks.append(np.array(seen, dtype=np.float64).reshape(len(headers), len(self.words)))
        return np.hstack([*blocks, np.ones((len(headers), 1))])


@dataclass(frozen=True, slots=True)
class HeaderModel:
    """A fitted model; `scores` are logits that a file is forged."""

    encoding: HeaderEncoding
    weights: Floats

    @classmethod
    def fit(cls, headers: Sequence[Header], is_fake: Bools, weights: Floats | None = None) -> HeaderModel:
        """Fit to headers of one kind of media.

        Args:
            is_fake: (N,), both classes.
            weights: (N,) importance of each file; scaled here so that both classes weigh the same.
        """
        if is_fake.all() or not is_fake.any():
            raise ValueError("is_fake must hold both classes, but got one")
        encoding = HeaderEncoding.fit(headers)
        importance = np.ones(len(headers)) if weights is None else np.asarray(weights, dtype=np.float64)
        return cls(encoding, _newton(encoding.rows(headers), is_fake, _balanced(importance, is_fake)))

    def scores(self, headers: Sequence[Header]) -> Floats:
        """Return (N,) logits."""
        return self.encoding.rows(headers) @ self.weights


@dataclass(frozen=True, slots=True)
class NumberModel:
    """A logistic regression on plain numbers, standardised; `scores` are logits that a file is forged."""

    names: tuple[str, ...]
    means: Floats
    deviations: Floats
    weights: Floats

    @classmethod
    def fit(cls, rows: Sequence[Mapping[str, float]], is_fake: Bools, weights: Floats) -> NumberModel:
        """Fit to rows that have the same names.

        Args:
            is_fake: (N,), both classes.
            weights: (N,) importance of each row; scaled here so that both classes weigh the same.
        """
        names = tuple(rows[0])
        table = np.array([[row[name] for name in names] for row in rows], dtype=np.float64)
        means, deviations = table.mean(0), table.std(0)
        deviations[deviations == 0] = 1.0
        encoded = _standardised(table, means, deviations)
        return cls(names, means, deviations, _newton(encoded, is_fake, _balanced(weights, is_fake)))

    def score(self, row: Mapping[str, float]) -> float:
        """Return the logit of one row."""
        table = np.array([[row[name] for name in self.names]])
        return float((_standardised(table, self.means, self.deviations) @ self.weights)[0])


def cross_validated_scores(
    headers: Sequence[Header],
    is_fake: Bools,
    clusters: Sequence[str],
    *,
    folds: int = 5,
    repeats: int = 5,
    seed: int = 0,
) -> Floats:
    """Score every header by models that saw no file of its cluster; (N,) mean over the repeats.

    What metadata can tell within one set, given examples of that very set: the strictest bar for a detector.
    Clusters are dealt to the folds class by class. NaN where a fold left one class only.
    """

    def fit(kept: Sequence[Header], forged: Bools) -> Callable[[Sequence[Header]], Floats]:
        return HeaderModel.fit(kept, forged).scores

    return _cross_validated(fit, headers, is_fake, clusters, folds=folds, repeats=repeats, seed=seed)


def cross_validated_numbers(
    rows: Sequence[Mapping[str, float]],
    is_fake: Bools,
    clusters: Sequence[str],
    *,
    folds: int = 5,
    repeats: int = 5,
    seed: int = 0,
) -> Floats:
    """The same of plain numbers, by `NumberModel`; the rows have the same names."""

    def fit(kept: Sequence[Mapping[str, float]], forged: Bools) -> Callable[[_Rows], Floats]:
        model = NumberModel.fit(kept, forged, np.ones(len(kept)))
        return lambda held: np.array([model.score(row) for row in held])

    return _cross_validated(fit, rows, is_fake, clusters, folds=folds, repeats=repeats, seed=seed)


def _cross_validated(
    fit: Callable[[Sequence[_Row], Bools], Callable[[Sequence[_Row]], Floats]],
    rows: Sequence[_Row],
    is_fake: Bools,
    clusters: Sequence[str],
    *,
    folds: int,
    repeats: int,
    seed: int,
) -> Floats:
    names = np.asarray(clusters)
    generator = np.random.default_rng(seed)
    total, rounds = np.zeros(len(rows)), np.zeros(len(rows))
    for _ in range(repeats):
        fold_of: dict[str, int] = {}
        for group in (is_fake, ~is_fake):
            fresh = [name for name in dict.fromkeys(names[group]) if name not in fold_of]
            for place, n in enumerate(generator.permutation(len(fresh))):
                fold_of[fresh[n]] = place % folds
        fold = np.array([fold_of[name] for name in names])
        for number in np.unique(fold):
            held, kept = fold == number, fold != number
            if len(set(is_fake[kept].tolist())) < 2:
                continue
            scores = fit([r for r, k in zip(rows, kept, strict=True) if k], is_fake[kept])
            total[held] += scores([r for r, k in zip(rows, held, strict=True) if k])
            rounds[held] += 1
    mean: Floats = np.divide(total, rounds, out=np.full(len(rows), np.nan), where=rounds > 0)
    return mean


def _balanced(importance: Floats, is_fake: Bools) -> Floats:
    """The importance of each row, scaled so that both classes weigh the same and the sum is the number of rows."""
    share = np.where(is_fake, importance[is_fake].sum(), importance[~is_fake].sum())
    return np.asarray(importance / share * len(importance) / 2, np.float64)


def _standardised(table: Floats, means: Floats, deviations: Floats) -> Floats:
    """Clipped at six deviations, which bound what one odd file can do; the last column is the constant 1."""
    return np.hstack([np.clip((table - means) / deviations, -6, 6), np.ones((len(table), 1))])


def _log(column: Floats) -> Floats:
    return np.log(np.maximum(column, 0.0) + 1e-3)


def _newton(rows: Floats, is_fake: Bools, importance: Floats, *, penalty: float = 1.0) -> Floats:
    """Minimise the weighted logistic loss + penalty / 2 |w|² (the constant's weight is free)."""
    weights = np.zeros(rows.shape[1])
    ridge = np.full(rows.shape[1], penalty)
    ridge[-1] = 1e-6
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (importance * (chance - is_fake)) + ridge * weights
        curve = (rows * (importance * chance * (1 - chance))[:, None]).T @ rows + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights
