"""The rules and the forwarding that reads answered with, a line each."""

from collections.abc import Iterable

from sandbox.outcome import member
from sandbox.tenant.part import JsonObject
from sandbox.words import objects


def set_up(answers: JsonObject) -> Iterable[tuple[str, list[str], bool]]:
    """What kind, the things of it that were seen, and whether that is all of them."""

    def read(action: str) -> tuple[JsonObject, bool]:
        answer = member(answers, action)
        return member(answer, "result"), answer.get("complete") is True

    found, complete = read("list_inbox_rules")
    yield "Inbox rules", [_rule(rule) for rule in objects(found.get("rules"))], complete
    found, complete = read("get_mailbox_forwarding")
    yield "Mailbox forwarding", forwarding(found), complete
    found, complete = read("list_transport_rules")
    copying = [rule for rule in objects(found.get("rules")) if objects(rule.get("copies"))]
    yield "Transport rules that copy mail", [_transport_rule(rule) for rule in copying], complete


def forwarding(found: JsonObject) -> list[str]:
    """Where a mailbox's own forwarding leads, and whether it keeps a copy."""
    ways = (member(found, name) for name in ("forwardingAddress", "forwardingSmtpAddress"))
    kept = "a copy is kept" if found.get("keepsCopy") else "no copy is kept"
    return [f"to {_destination(way)}, {kept}" for way in ways if way]


def _rule(rule: JsonObject) -> str:
    destinations = [
        _destination(each)
        for name in ("forwardTo", "forwardAsAttachmentTo", "redirectTo")
        for each in objects(rule.get(name))
    ]
    does = [f"sends to {', '.join(destinations)}"] if destinations else []
    if rule.get("deletes"):
        does.append("deletes")
    if folder := member(rule, "moveTo"):
        does.append(f"moves to {folder.get('name')}")
    if rule.get("marksRead"):
        does.append("marks read")
    marks = [
        word
        for word, holds in (
            ("HIDDEN", rule.get("hidden") is True and not rule.get("system")),
            ("disabled", rule.get("enabled") is False),
            ("kept by Exchange", rule.get("system") is True),
        )
        if holds
    ]
    note = f" [{', '.join(marks)}]" if marks else ""
    return f"“{rule.get('name')}”{note}: {', '.join(does) or 'neither sends nor hides'}"


def _transport_rule(rule: JsonObject) -> str:
    copies = ", ".join(
        f"{copy.get('way')} {_destination(member(copy, 'destination')) or copy.get('detail')}"
        for copy in objects(rule.get("copies"))
    )
    state = "" if rule.get("enabled") else " [disabled]"
    return f"“{rule.get('name')}”{state}: {copies}"


def _destination(destination: JsonObject) -> str:
    finals = ", ".join(map(_final, objects(destination.get("finals"))))
    return finals or str(destination.get("written") or "")


def _final(final: JsonObject) -> str:
    notes = ["internal"] if final.get("internal") else []
    notes += [str(final["via"])] if final.get("via") else []
    return f"{final.get('address')} ({', '.join(notes)})" if notes else str(final.get("address"))
