"""The report as one self-contained HTML page: no network, no script, no picture unless asked for."""

from __future__ import annotations

from facewarden.report.html.page import render_html

__all__ = ["render_html"]
