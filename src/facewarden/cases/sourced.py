"""What the data files of this room share: entries that name their source, and sentences in three languages."""

from __future__ import annotations

import datetime as dt
import tomllib
from importlib import resources
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from facewarden.cases.addresses import checked_url
from facewarden.errors import UsageError


def _web(text: str) -> str:
    try:
        return checked_url(text)
    except UsageError as error:
        raise ValueError(str(error)) from error


Web = Annotated[str, AfterValidator(_web)]
Country = Annotated[
    str, Field(pattern=r"^([A-Z]{2}|\*)$", description="ISO 3166-1 alpha-2, EU, or * for any")
]
PartOfDate = Annotated[str, Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")]
Line = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^\S.*\S$|^\S$")]


class Record(BaseModel):
    """An entry of a data file; what is misspelt is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Said(Record):
    """A sentence in every language of the catalogues."""

    en: Line
    zh: Line
    ko: Line

    def in_language(self, language: str) -> str:
        return {"en": self.en, "zh": self.zh, "ko": self.ko}[language]


class Dated(Record):
    """When an entry was read from its source, and of when the source is."""

    source_date: PartOfDate | None = None
    checked: dt.date


def table(name: str) -> dict[str, Any]:
    """The data file `name` of this room."""
    return tomllib.loads((resources.files("facewarden.cases") / name).read_text("utf-8"))
