"""Findings about ways that no inbox rule or forwarding shows: sweep rules, connectors, flows."""

from collections.abc import Iterator

from evidence.folder import Folder
from triage import folders, words
from triage.finding import FORWARDS, HIDES, Finding, Investigation, about_rule
from triage.forwarder import forwarder_names
from triage.ways import Way
from triage.wording import listed

_SWEEPS = frozenset(["new-sweeprule", "set-sweeprule"])
_OUTSIDE_SERVICES = (
    "gmail google outlook.com hotmail yahoo smtp sendgrid mailchimp dropbox box ftp sftp telegram "
    "discord slack http webhook twilio"
).split()


def sweeps(investigation: Investigation) -> Iterator[Finding]:
    """A sweep rule takes mail of a person of the house, or of whoever would warn the owner, away.

    It is meant for newsletters, and no listing of inbox rules shows it.
    """
    domains = {
        name.partition("@")[2] for name in forwarder_names(investigation.case) if "@" in name
    }
    organization = investigation.case.organization
    domains |= set(organization.accepted_domains) if organization else set()
    for way in investigation.ways:
        sender, folder = _swept(investigation, way) if way.kind == "sweep" else ("", None)
        read = folder and not (folders.is_deleted_items(folder) or folders.is_buried(folder))
        if not sender or read:
            continue
        warns = bool(words.notifiers([sender]))
        colleague = sender.rpartition("@")[2].lower() in domains
        weight = 30 if warns or colleague else 5
        yield about_rule(
            way,
            "sweep_hides",
            weight,
            f"{way.title} takes mail from {sender} away, where no listing of inbox rules shows it.",
            HIDES,
        )


def connectors(investigation: Investigation) -> Iterator[Finding]:
    """All mail, or that of some domains, leaves through a host that somebody named lately."""
    for way in investigation.ways:
        if way.kind == "connector" and way.change is not None and way.through:
            yield about_rule(
                way,
                "connector_leads_elsewhere",
                30,
                f"{way.title}, {way.change.deed} by {way.change.actor}, sends mail through "
                f"{listed(way.through)}.",
                FORWARDS,
            )


def flows(investigation: Investigation) -> Iterator[Finding]:
    """A Power Automate flow reads mail and reaches a service outside."""
    for way in investigation.ways:
        reached = [name for name in way.through if _is_outside(name)]
        if way.kind == "flow" and reached:
            yield about_rule(
                way,
                "flow_leads_outside",
                30,
                f"{way.title} can read mail, and reaches {listed(reached)}: mail may leave by it, "
                "past every policy on forwarding.",
                FORWARDS,
            )


def _swept(investigation: Investigation, way: Way) -> tuple[str, Folder | None]:
    """Whose mail a sweep rule takes, and where to; no folder is Deleted Items."""
    if way.sweep is not None:
        return way.sweep.sender, way.sweep.move_to
    for _, event in investigation.records_of(_SWEEPS):
        if way.change is not None and event.id == way.change.event_id:
            folder = event.parameter("DestinationFolder")
            return event.parameter("Sender"), Folder(name=folder) if folder else None
    return "", None


def _is_outside(connector: str) -> bool:
    lowered = connector.lower()
    return any(name in lowered for name in _OUTSIDE_SERVICES)


FINDINGS = (sweeps, connectors, flows)
