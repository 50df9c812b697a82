"""Findings about new ways to prove the user's identity, and new devices."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from evidence.auth_method import AuthMethodChange, RegisteredDevice
from triage.account import Account, accounts
from triage.familiar import unfamiliar
from triage.finding import Family, Finding, Investigation, Link, Reference
from triage.links import links
from triage.wording import moment

_ADDED_METHOD = "T1098"
_ADDED_DEVICE = "T1098.005"
_AROUND = timedelta(days=2)
_REMOVALS = ("delete", "remove", "disable")
_FROM_AFAR = 20
_TIED_BY_TIME = 10


def methods_changed(investigation: Investigation) -> Iterator[Finding]:
    """A method or device was registered; weighty where that was done from an unfamiliar place.

    People register methods when they start work and when they buy a telephone: that alone says
    nothing.
    """
    found = investigation.case.auth_methods
    account = accounts(investigation.case)[0]
    for change in found.changes if found else ():
        if not change.succeeded or any(each in change.activity.lower() for each in _REMOVALS):
            continue
        strange = unfamiliar(account, change.ip_address, change.at)
        tied = _tied(investigation, account, change.at, change.ip_address) if strange else ()
        yield _method_finding(account, change, tied, strange=strange)


def _method_finding(
    account: Account, change: AuthMethodChange, tied: tuple[Link, ...], *, strange: bool
) -> Finding:
    is_device = "device" in change.activity.lower()
    where = f" from {change.ip_address}" if change.ip_address else ""
    aside = ", an address never seen before for this user" if strange else ""
    what = f" ({change.what})" if change.what else ""
    return Finding(
        id="device_registered" if is_device else "auth_method_added",
        sentence=f"{change.activity}{what} on {moment(change.at)}"
        f"{f' by {change.actor}' if change.actor else ''}{where}{aside}.",
        family="device" if is_device else "identity",
        weight=_FROM_AFAR if strange else 0,
        account=account.subject,
        links=tied,
        evidence=(Reference(source="list_auth_methods", id=change.id, text=change.activity),),
        techniques=(_ADDED_DEVICE if is_device else _ADDED_METHOD,) if strange else (),
    )


def devices_registered(investigation: Investigation) -> Iterator[Finding]:
    """A device that nobody manages was registered about when the way out was made, by somebody who
    did not make it from a usual address.
    """
    found = investigation.case.auth_methods
    account = accounts(investigation.case)[0]
    told = {change.at for change in found.changes} if found else set[datetime]()
    for device in found.devices if found else ():
        if device.registered is None or device.managed or device.registered in told:
            continue
        tied = _tied(investigation, account, device.registered, None)
        if tied:
            yield _device_finding(account, device, device.registered, tied)


def _device_finding(
    account: Account, device: RegisteredDevice, at: datetime, tied: tuple[Link, ...]
) -> Finding:
    family: Family = "device"
    system = f" ({device.system})" if device.system else ""
    return Finding(
        id="device_new",
        sentence=f"The device {device.name or device.id}{system}, which nobody manages, was "
        f"registered on {moment(at)}, about when the way out was set up.",
        family=family,
        weight=_TIED_BY_TIME,
        account=account.subject,
        links=tied,
        evidence=(Reference(source="list_auth_methods", id=device.id, text=device.name),),
        techniques=(_ADDED_DEVICE,),
    )


def _tied(
    investigation: Investigation, account: Account, at: datetime, address: str | None
) -> tuple[Link, ...]:
    return links(
        investigation,
        at=at,
        before=_AROUND,
        after=_AROUND,
        actors=account.names,
        address=address,
    )


FINDINGS = (methods_changed, devices_registered)
