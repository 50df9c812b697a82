"""The accounts whose sign-ins and risk were read: the forwarder's, and those of whoever acted."""

from evidence.model import Evidence
from evidence.sign_in import SignIns
from evidence.user_risk import UserRisk
from triage.case import Case
from triage.forwarder import forwarder_names, forwarder_subject


class Account(Evidence):
    """One person's account, with what may betray that somebody else uses it."""

    subject: str
    """As requests name it."""
    names: frozenset[str]
    """Everything that it is called, lower-cased."""
    sign_ins: SignIns | None = None
    risk: UserRisk | None = None
    aside: str = ""
    """For a sentence that is about the forwarder where nobody is named: ` for bob@…`, or empty."""


def accounts(case: Case) -> tuple[Account, ...]:
    """The forwarder first, then the others who set up a way out."""
    forwarder = Account(
        subject=forwarder_subject(case),
        names=forwarder_names(case),
        sign_ins=case.sign_ins,
        risk=case.risk,
    )
    others = (
        Account(
            subject=actor.user,
            names=frozenset(
                name.lower()
                for name in (actor.user, actor.sign_ins.user if actor.sign_ins else "")
                if name
            ),
            sign_ins=actor.sign_ins,
            risk=actor.risk,
            aside=f" for {actor.user}",
        )
        for actor in case.actors
    )
    return (forwarder, *others)
