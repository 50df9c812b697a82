"""A page as text: templates with everything escaped, and a policy under which nothing is loaded."""

import base64
import hashlib
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from triage.report.visible import visible
from triage.report.words import outcome, source, spaced, titled
from triage.wording import moment


def page(template: str, /, **shown: object) -> str:
    """Renders a template of this package. Raises jinja2.UndefinedError for a name it misses."""
    style = _style()
    return (
        _environment()
        .get_template(template)
        .render(style=Markup(style), policy=_policy(style), **shown)  # noqa: S704 - our own file
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("triage.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    words = {"outcome": outcome, "source": source, "spaced": spaced, "titled": titled}
    environment.filters |= {"moment": moment, **words}
    return environment


@cache
def _style() -> str:
    environment = _environment()
    source, _, _ = PackageLoader("triage.report").get_source(environment, "style.css")
    return source


def _policy(style: str) -> str:
    """Only this very style sheet: no script, no picture, no font, no form, no frame."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
