"""The findings of a case by id, for tests."""

from evidence.indicators import Indicators
from evidence.model import JsonObject
from tests.triage.builders import case_of
from triage.finding import Finding, investigate
from triage.findings import find


def found(given: dict[str, JsonObject], about: Indicators | None = None) -> dict[str, Finding]:
    """Each kind of finding once, the weightiest."""
    findings: dict[str, Finding] = {}
    for finding in find(investigate(case_of(given, about))):
        findings.setdefault(finding.id, finding)
    return findings
