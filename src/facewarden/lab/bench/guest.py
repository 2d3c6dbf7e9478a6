"""Anybody's detector, by the name of a file or module: what it must offer, and how it travels and is kept apart.

A guest is an object, class or plain function in ``FILE.py:NAME`` or ``package.module:NAME``. An object needs
``predict(path) -> float | None`` (higher is more suspicious, None abstains), a class is made without arguments, a
function is the prediction itself. Optional attributes: ``name``, ``version``, ``is_probability``, and ``files``, the
paths of what else decides on its scores, such as weights.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import numbers
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from facewarden.errors import UsageError
from facewarden.lab.bench.detector import Judgement
from facewarden.lab.dataset import sha256

_BROKEN = (TypeError, AttributeError, NameError, ImportError, AssertionError, SyntaxError)
"""Errors that speak of the guest's code, not of a file; others count as failures on the file."""


@dataclass
class Guest:
    """A detector that somebody brought along.

    Only its place travels to child processes; there it is loaded anew, so it need not be picklable.

    Attributes:
        spec: ``FILE.py:NAME`` (an absolute path) or ``package.module:NAME``.
        name: as the tables print it.
        version: declared version and a digest of the source: another text is another version.
        is_probability: whether its scores claim to be probabilities of a forgery.
    """

    spec: str
    name: str
    version: str
    is_probability: bool = False
    _loaded: Any = field(default=None, repr=False, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        return {name: None if name == "_loaded" else value
                for name, value in self.__dict__.items() if name != "_predict"}  # fmt: skip

    def predict(self, path: Path) -> float | None:
        """Return the guest's score.

        Raises:
            UsageError: the guest's code is broken, or it answers with something that is neither a number nor None.
        """
        try:
            answer = self._predict(path)
        except _BROKEN as error:
            raise UsageError(
                f"The detector {self.spec} is broken: predict raised {type(error).__name__}: {error}. Mend it."
            ) from error
        return None if answer is None else self._checked(answer)

    def judge(self, path: Path) -> Judgement:
        """Return the score, as a probability where the guest says that it is one."""
        return Judgement(self.predict(path), is_probability=self.is_probability)

    @cached_property
    def _predict(self) -> Callable[[Path], Any]:
        loaded = self._loaded if self._loaded is not None else _made(_named(self.spec), self.spec)
        return _prediction(loaded, self.spec)

    def _checked(self, answer: Any) -> float:
        number = answer.item() if getattr(answer, "size", 0) == 1 and hasattr(answer, "item") else answer
        if not isinstance(number, numbers.Real):
            raise UsageError(
                f"The detector {self.spec} must return a number or None, but returned a {type(answer).__name__}."
            )
        score = float(number)
        if self.is_probability and not 0 <= score <= 1:
            raise UsageError(
                f"The detector {self.spec} says that its scores are probabilities, but returned {score:g}."
            )
        return score


def is_guest(text: str) -> bool:
    """Whether `text` has the form ``PLACE:NAME``."""
    place, colon, name = text.rpartition(":")
    return bool(place and colon and name)


def load(text: str) -> Guest:
    """Load ``FILE.py:NAME`` or ``package.module:NAME``.

    Raises:
        UsageError: it cannot be loaded, or offers no prediction.
    """
    place, _, name = text.rpartition(":")
    spec = f"{Path(place).resolve()}:{name}" if place.endswith(".py") else text
    loaded = _made(_named(spec), spec)
    _prediction(loaded, spec)
    title = getattr(loaded, "name", None) or getattr(loaded, "__name__", None) or name
    if not isinstance(title, str):
        raise UsageError(f"The detector {text} must have a name in words, but its name is {title!r}.")
    return Guest(
        spec, title, _version(loaded, spec), bool(getattr(loaded, "is_probability", False)), _loaded=loaded
    )


def _named(spec: str) -> Any:
    place, _, name = spec.rpartition(":")
    module = _module(place)
    if not hasattr(module, name):
        raise UsageError(f"The detector {spec} cannot be loaded: there is no {name} in {place}.")
    return getattr(module, name)


def _module(place: str) -> ModuleType:
    try:
        if not place.endswith(".py"):
            return importlib.import_module(place)
        path = Path(place)
        # A name of its own, found again by whatever looks classes up by module; never that of an installed one.
        name = f"facewarden_guest_{hashlib.sha256(place.encode()).hexdigest()[:12]}"
        source = importlib.util.spec_from_file_location(name, path)
        if source is None or source.loader is None or not path.is_file():
            raise UsageError(f"The detector's file {place} is not there; name a file that ends in .py.")
        module = importlib.util.module_from_spec(source)
        sys.modules[name] = module
        if str(path.parent) not in sys.path:
            # As for a script: what lies beside it can be imported, now and when it predicts.
            sys.path.append(str(path.parent))
        source.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever somebody else's module does when it begins
        if isinstance(error, UsageError):
            raise
        raise UsageError(
            f"The detector in {place} cannot be loaded: {type(error).__name__}: {error}."
        ) from error
    return module


def _made(named: Any, spec: str) -> Any:
    if not isinstance(named, type):
        return named
    try:
        return named()
    except Exception as error:  # somebody else's constructor
        raise UsageError(
            f"The detector {spec} is a class that cannot be made without arguments: "
            f"{type(error).__name__}: {error}."
        ) from error


def _prediction(loaded: Any, spec: str) -> Callable[[Path], Any]:
    predict = getattr(loaded, "predict", loaded)
    if not callable(predict):
        raise UsageError(
            f"The detector {spec} has no predict(path); give it one, or name a function of a path."
        )
    return predict


def _version(loaded: Any, spec: str) -> str:
    """The declared version, and a digest of the file (of all Python files, for a package) and of ``files``."""
    place = spec.rpartition(":")[0]
    if place.endswith(".py"):
        sources = [Path(place)]
    else:
        top = sys.modules[place.partition(".")[0]]
        folders = [Path(folder) for folder in getattr(top, "__path__", ())]
        sources = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
        sources = sources or [Path(top.__file__)] if top.__file__ else sources
    try:
        digests = [sha256(path) for path in [*sources, *map(Path, getattr(loaded, "files", ()))]]
    except (OSError, TypeError) as error:
        raise UsageError(f"The detector {spec} names files that cannot be read: {error}.") from error
    own = hashlib.sha256("".join(digests).encode()).hexdigest()[:12]
    declared = getattr(loaded, "version", None)
    return f"{declared}-{own}" if isinstance(declared, str | int | float) else own
