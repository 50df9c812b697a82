"""What a step of a playbook is called, and what it answered, in a few words."""

from collections.abc import Callable

from sandbox.mail_setup import forwarding
from sandbox.outcome import body_of, member
from sandbox.tenant.part import JsonObject
from sandbox.words import counted, listed, objects, short
from sandbox.workflow import ActionRecord, Status

_LOOPED_READS = ("Read", "Further_read")
_COUNTED = {
    "rules": "rule",
    "sweepRules": "sweep rule",
    "delegates": "delegate",
    "apps": "application",
    "methods": "method",
    "alerts": "alert",
    "messages": "message",
    "forwarders": "forwarder",
}
"""The lists that reads answer with, and what one item of each is called."""


def step(record: ActionRecord) -> str:
    """What a step is called; the playbook's loops of reads ask many actions under one name."""
    asked = body_of(record).get("action") if record.name in _LOOPED_READS else None
    return str(asked or record.name).replace("_", " ").capitalize()


def gist(record: ActionRecord) -> str:
    """What a step answered, in a few words."""
    answer = body_of(record)
    result = member(answer, "result")
    if record.type == "HttpWebhook" and record.status is Status.TIMED_OUT:
        return "nobody answered in time, which means no"
    if record.error is not None or record.status is Status.FAILED:
        told = [str(answer[name]) for name in ("target", "detail") if answer.get(name)]
        return ": ".join(told) or (record.error.message if record.error else "")
    if record.type == "HttpWebhook":
        return str(answer.get("status") or "")
    gaps = ", ".join(
        f"{gap.get('source')}: {gap.get('reason')}" for gap in objects(answer.get("gaps"))
    )
    words = _result(record.name, answer, result, seen=not gaps)
    unseen = [f"not seen: {gaps}"] if gaps else []
    return "; ".join([words, *unseen] if words else unseen)


def _result(name: str, answer: JsonObject, result: JsonObject, *, seen: bool) -> str:
    status = str(answer.get("status") or "")
    if "verdict" in result:
        return _judged(name, result)
    if "target" in result:
        return f"{status}: {short(result.get('target'))}"
    if "keepsCopy" in result:
        return "; ".join(forwarding(result)) or ("no forwarding" if seen else "")
    told = next((tell for key, tell in _TOLD.items() if key in result), None)
    if told is not None:
        return told(result)
    for key, noun in _COUNTED.items():
        if isinstance(result.get(key), list):
            return counted(result[key], noun) if seen or result[key] else ""
    return status


def _sign_ins(found: JsonObject) -> str:
    addresses = counted(found.get("history"), "address")
    return f"{counted(found.get('signIns'), 'sign-in')}, {addresses}"


def _hunted(found: JsonObject) -> str:
    return f"{found.get('hunt')}: {counted(found.get('rows'), 'row')}"


def _risk(found: JsonObject) -> str:
    return f"risk {found.get('level')}, {counted(found.get('detections'), 'detection')}"


def _organization(found: JsonObject) -> str:
    return f"{found.get('displayName')}: {listed(found.get('acceptedDomains'))}"


def _named(indicators: JsonObject) -> str:
    forwarder = member(indicators, "forwarder")
    named = forwarder.get("userPrincipalName") or forwarder.get("mail") or "nobody"
    recipients = listed(indicators.get("recipients"))
    return f"{named} forwards to {recipients}" if recipients else f"{named}, no recipient"


def _judged(name: str, grade: JsonObject) -> str:
    """What a grade was asked for: who acted, what to stop on suspicion, or the verdict."""
    if name == "Who_acted":
        return listed(grade.get("actors")) or "nobody else"
    if name == "Suspect":
        reflex = objects(member(grade, "plan").get("reflex"))
        wanted = ", ".join(str(step.get("target")) for step in reflex)
        return f"to be stopped: {wanted}" if wanted else "nothing more seen to be stopped"
    return str(member(grade, "verdict").get("classification"))


_TOLD: dict[str, Callable[[JsonObject], str]] = {
    "signIns": _sign_ins,
    "hunt": _hunted,
    "forwarder": _named,
    "acceptedDomains": _organization,
    "detections": _risk,
}
"""How a result is told, by a member that only such a result has."""
