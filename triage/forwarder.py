"""Whose mail it is: the forwarder's names, for comparing, for sentences, and for requests."""

from triage.case import Case


def forwarder_names(case: Case) -> frozenset[str]:
    """Everything that the forwarder's mailbox is called, lower-cased."""
    account = case.indicators.forwarder
    names: list[str | None] = [
        case.inbox_rules.mailbox if case.inbox_rules else None,
        case.forwarding.mailbox if case.forwarding else None,
        case.sign_ins.user if case.sign_ins else None,
    ]
    if account is not None:
        names += [account.user_principal_name, account.object_id, account.mail]
    full = [name.lower() for name in names if name]
    return frozenset(full) | {name.partition("@")[0] for name in full if "@" in name}


def forwarder_name(case: Case) -> str:
    """The forwarder for a sentence; empty when nobody is known."""
    account = case.indicators.forwarder
    names = (account.user_principal_name, account.mail, account.object_id) if account else ()
    sources = (case.inbox_rules, case.forwarding)
    mailboxes = (source.mailbox for source in sources if source)
    return next((name for name in (*names, *mailboxes) if name), "")


def forwarder_subject(case: Case) -> str:
    """The forwarder as the subject of a request: the object id, which outlives a renaming."""
    account = case.indicators.forwarder
    return (account.subject if account else None) or forwarder_name(case)
