"""The frame that every kind of body is read into, before its facts are looked for."""

from collections.abc import Sequence
from typing import NamedTuple

from evidence.incident.body import Place
from evidence.indicators import AlertReference
from evidence.model import JsonObject


class Part(NamedTuple):
    """A part of the body, and where it stands."""

    content: JsonObject
    place: Place


class AlertPart(NamedTuple):
    """An alert of the body."""

    reference: AlertReference
    part: Part


class Case(NamedTuple):
    """An incident: what it is called, its alerts, and what it holds beside them."""

    incident: str | None
    title: str
    alerts: Sequence[AlertPart]
    rest: Part
    classification: str = ""
    """How somebody has graded it already, in the words of the service."""

    @property
    def telling(self) -> list[Part]:
        """The parts whose facts count.

        In an incident that correlation put together, the facts of a malware alert are not those
        of a forwarding alert; when no alert is known to be about forwarding, all of them count.
        """
        return [alert.part for alert in self.alerts if self._tells(alert)] + [self.rest]

    @property
    def others(self) -> list[Part]:
        """The alerts of which only the accounts are of interest."""
        return [alert.part for alert in self.alerts if not self._tells(alert)]

    def _tells(self, alert: AlertPart) -> bool:
        return alert.reference.kind != "other" or all(
            each.reference.kind == "other" for each in self.alerts
        )
