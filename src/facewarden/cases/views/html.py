"""One self-contained file of HTML: no network, no script, no style but its own."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING

from facewarden.cases.document import Document
from facewarden.messages import say
from facewarden.report.html.page import STEPS
from facewarden.report.html.parts import polyline
from facewarden.report.wording import language_tag

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_WHOLE = re.compile(r"\bFW-\d{4}-\d{6,}\b|\b\d{4}-\d\d-\d\d\b|(?<= )--?[a-z][a-z-]*\b")


def as_html(document: Document) -> str:
    """The document as text, to be written as UTF-8."""
    from markupsafe import Markup

    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    pictures = "img-src data:; " if document.holds_picture else ""
    return (
        _environment()
        .get_template("document.html.j2")
        .render(
            document=document,
            lang=language_tag(document.language),
            # The style is ours; the policy names its digest, so that no other one is obeyed.
            style=Markup(style),
            policy=f"default-src 'none'; {pictures}style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
            steps=STEPS,
            t=lambda key, **params: say(key, document.language, **params),
        )
    )


def _whole(text: str) -> Markup:
    """The text escaped, in which dates, case numbers and options are not broken at their hyphens."""
    from markupsafe import Markup, escape

    return Markup(_WHOLE.sub(r'<span class="whole">\g<0></span>', str(escape(text))))


def _uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


@cache
def _style() -> str:
    loader = _environment().loader
    assert loader is not None
    names = ("page.css", "case.css")
    return "\n".join(loader.get_source(_environment(), name)[0] for name in names)


@cache
def _environment() -> Environment:
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        # The report's page lends its style and drawings, so that the two look like one.
        loader=ChoiceLoader(
            [PackageLoader("facewarden.cases.views"), PackageLoader("facewarden.report.html")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["uri"] = _uri
    environment.filters["whole"] = _whole
    environment.filters["polyline"] = polyline
    environment.tests["of_kind"] = lambda block, name: type(block).__name__ == name
    return environment
