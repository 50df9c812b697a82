"""Whether there is anything to ask about: recipients, messages, changes."""

from triage.case import CHANGES_HUNT
from triage.finding import Investigation
from triage.questions.question import unseen_of


def no_recipients(investigation: Investigation) -> str:
    """Why nobody can be asked about as a recipient; empty where somebody can."""
    case = investigation.case
    some = case.indicators.recipients or any(way.outside for way in investigation.ways)
    if some or not case.rules_complete:
        return ""
    return "The alert names no recipient, and nothing that is in place sends mail outside."


def no_messages(investigation: Investigation) -> str:
    """Why no message can be asked about; empty where one can."""
    named = investigation.case.indicators.network_message_ids
    return "" if named else "The alert names no message."


def no_change(investigation: Investigation) -> str:
    """Why no change can be asked about; empty where one can, or where changes were not seen."""
    if any(investigation.way_changes()) or unseen_of(investigation.case, (CHANGES_HUNT,)):
        return ""
    return "There was no change to judge: none in the time that the hunt covers set up a way out."


def suspicious(investigation: Investigation) -> set[str]:
    """The alert's recipients and whoever gets mail that nobody answers for, lower-cased."""
    outside = {address.lower() for way in investigation.ways for address in way.unapproved}
    return outside | {address.lower() for address in investigation.case.indicators.recipients}
