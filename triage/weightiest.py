"""Which findings weighed most in a verdict."""

from collections.abc import Collection, Iterable

from triage.finding import Finding

_MOST = 3
_ABOUT_WAY = ("rule", "destination", "history")


def weightiest(
    classification: str,
    findings: Iterable[Finding],
    convicted: Collection[str],
    reasons: Collection[str],
) -> tuple[Finding, ...]:
    """The three that weighed most, each kind once, by their weight in this very verdict.

    A conviction rests on what is said of the convicted ways and is tied to them; an acquittal on
    its benign reasons (`reasons`, by id) before anything else that speaks for it; where nothing is
    decided, both sides count.
    """
    if classification == "truePositive":
        counted = [f for f in findings if f.weight > 0 and _bears_on(f, convicted)]
    elif classification == "undetermined":
        counted = [f for f in findings if f.weight]
    else:
        counted = [f for f in findings if f.weight < 0]
    ordered = sorted(counted, key=lambda f: (f.id not in reasons, -abs(f.weight)))
    if classification in ("truePositive", "undetermined"):
        ordered = sorted(counted, key=lambda f: -abs(f.weight))
    kinds: dict[str, Finding] = {}
    for finding in ordered:
        kinds.setdefault(finding.id, finding)
    return tuple(kinds.values())[:_MOST]


def _bears_on(finding: Finding, convicted: Collection[str]) -> bool:
    if finding.family in _ABOUT_WAY and finding.way:
        return finding.way in convicted
    return any(link.way in convicted for link in finding.links)
