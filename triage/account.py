"""The accounts whose sign-ins and risk were read: the forwarder's, and those of whoever acted."""

from collections.abc import Iterable

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

    @property
    def by(self) -> str:
        """The same for a sentence about a deed: ` by bob@…`, or empty."""
        return f" by {self.subject}" if self.aside else ""


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


def account_of(case: Case, actors: Iterable[str]) -> Account:
    """The account behind what somebody did in the mailbox: the forwarder's own unless a record
    names others only. Of somebody whose sign-ins nobody read nothing is known but the name.
    """
    forwarder, *others = accounts(case)
    named = [actor.lower() for actor in actors if actor]
    if not named or any(name in forwarder.names for name in named):
        return forwarder
    known = (each for each in others if not each.names.isdisjoint(named))
    return next(known, Account(subject=named[0], names=frozenset(named), aside=f" for {named[0]}"))
