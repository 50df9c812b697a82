"""Findings about what the user signs in with, and when, against the weeks before."""

import re
from collections.abc import Iterator
from datetime import timedelta

from evidence.sign_in import SignIn, SignIns
from evidence.sign_in_baseline import SignInBaseline, Usual, application, software
from triage.account import Account, accounts
from triage.familiar import Past
from triage.finding import Finding, Investigation, Link, of_sign_in
from triage.foremost import of_each_account
from triage.links import links
from triage.wording import counted, listed, moment

_VALID_ACCOUNTS = "T1078.004"
_NEW = timedelta(days=1)
_LEAST_DAYS = 5
_LEAST_SIGN_INS = 20
"""Below these, what is usual cannot be told."""
_UNLIKE = 4
"""Programs and working hours change for a hundred good reasons."""
_SCRIPT = 15
_UNTIED = 10
_MOST = 5
_SHOWN = 120
_SCRIPTS = re.compile(
    r"python|aiohttp|httpx/|axios|node-fetch|undici|go-http-client|fasthttp|\bcurl/|wget"
    r"|libwww-perl|guzzle|postman|aadinternals|roadtools|apache-httpclient|\bjava/",
    re.IGNORECASE,
)
"""Programs that sign in on their own: what phishing kits and tools of attack are written with."""


def unlike_usual(investigation: Investigation) -> Iterator[Finding]:
    """A sign-in near the change by an application, a program or at an hour unlike the user's."""
    for account in accounts(investigation.case):
        log = account.sign_ins
        if log is not None and log.baseline is not None and _tells_habits(log.baseline):
            yield from _unlike_usual(investigation, account, log, log.baseline)


def _unlike_usual(
    investigation: Investigation, account: Account, log: SignIns, usual: SignInBaseline
) -> Iterator[Finding]:
    habits, past = _Habits(usual), Past(log)
    told: set[tuple[str, ...]] = set()
    for entry in _successes(log):
        aspects = tuple(habits.broken_by(entry))
        if not aspects or aspects in told:
            continue
        tied = _links(investigation, account, past, entry)
        if not tied:
            continue
        told.add(aspects)
        yield Finding(
            id="sign_in_unlike_usual",
            sentence=f"{log.user or 'The user'} signed in from "
            f"{entry.ip_address or 'an unknown place'} on {moment(entry.at)} {listed(aspects)}, "
            f"unlike in the {counted(usual.count, 'sign-in')} since {moment(usual.since)}.",
            family="identity",
            weight=_UNLIKE,
            account=account.subject,
            links=tied,
            evidence=(of_sign_in(entry),),
            techniques=(_VALID_ACCOUNTS,),
        )
        if len(told) == _MOST:
            return


def by_script(investigation: Investigation) -> Iterator[Finding]:
    """A program, not a person at a browser, signed in, and none like it did before."""
    return of_each_account(investigation, _by_script)


def _by_script(investigation: Investigation, account: Account) -> Iterator[Finding]:
    log = account.sign_ins
    if log is None:
        return
    told = _values(log.baseline.user_agents) if log.baseline else set[str]()
    past = Past(log)
    for entry in _successes(log):
        program = software(entry.user_agent)
        if program in told or not _SCRIPTS.search(entry.user_agent):
            continue
        told.add(program)
        tied = _links(investigation, account, past, entry)
        yield Finding(
            id="sign_in_by_script",
            sentence=f"A program ({_short(entry.user_agent)}) signed in{account.aside} from "
            f"{entry.ip_address or 'an unknown place'} on {moment(entry.at)}; none like it is "
            "usual.",
            family="identity",
            weight=_SCRIPT if tied else _UNTIED,
            account=account.subject,
            links=tied,
            evidence=(of_sign_in(entry),),
            techniques=(_VALID_ACCOUNTS,),
        )


def _successes(log: SignIns) -> list[SignIn]:
    since = log.baseline.until if log.baseline else log.since
    found = (each for each in log.sign_ins if each.succeeded and each.at >= since)
    return sorted(found, key=lambda each: each.at)


class _Habits:
    """With what and when the user signs in."""

    def __init__(self, usual: SignInBaseline) -> None:
        self._applications = _values(usual.applications)
        self._programs = _values(usual.user_agents)
        self._hours = usual.hours

    def broken_by(self, entry: SignIn) -> Iterator[str]:
        """What is unlike the user about a sign-in, each for a list."""
        name, program = application(entry), software(entry.user_agent)
        if name and name not in self._applications:
            yield f"to {name}"
        if program and self._programs and program not in self._programs:
            yield f"with {_short(entry.user_agent)}"
        if entry.interactive and _is_strange_hour(entry.at.hour, self._hours):
            yield f"at {entry.at:%H} o'clock UTC"


def _is_strange_hour(hour: int, hours: tuple[int, ...]) -> bool:
    """Whether nobody ever signed in at that hour or beside it, of enough sign-ins."""
    around = (hours[(hour + shift) % len(hours)] for shift in (-1, 0, 1))
    return sum(hours) >= _LEAST_SIGN_INS and not any(around)


def _links(
    investigation: Investigation, account: Account, past: Past, entry: SignIn
) -> tuple[Link, ...]:
    # From where the account has long been used, the address says nothing of one sign-in there.
    strange = past.lacks(entry.ip_address, entry.at)
    return links(
        investigation,
        at=entry.at,
        before=_NEW,
        actors=account.names,
        address=entry.ip_address if strange else None,
        tokens=(entry.token_id,),
        sessions=(entry.session_id,),
        applications=(entry.application_id,),
    )


def _tells_habits(usual: SignInBaseline) -> bool:
    return usual.days >= _LEAST_DAYS and usual.count >= _LEAST_SIGN_INS and len(usual.hours) == 24


def _short(user_agent: str) -> str:
    return user_agent if len(user_agent) <= _SHOWN else f"{user_agent[:_SHOWN]}…"


def _values(usual: tuple[Usual, ...]) -> set[str]:
    return {each.value for each in usual}


FINDINGS = (unlike_usual, by_script)
