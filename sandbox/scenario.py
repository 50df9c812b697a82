"""Scenarios: a tenant, an alert in it and what an analyst would make of it, as a YAML file."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import AwareDatetime, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from sandbox.tenant.incident import Classification, Determination, Incident
from sandbox.tenant.part import JsonObject, Part, stable_id
from sandbox.tenant.sentinel import incident_trigger
from sandbox.tenant.signin import Device, Location, SignIn
from sandbox.tenant.state import E5_TABLES, TenantState

SCENARIOS = Path(__file__).parent / "scenarios"
_TOLD = 3  # problems of a file that are told at once


class _Loader(yaml.SafeLoader):
    """YAML whose times stay text: the fields that are times read them, with their zone."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class ScenarioError(ValueError):
    """A scenario file cannot be used; the message names the file and the field."""


class Place(Part):
    """Where and with what somebody usually signs in, and how often in comparison."""

    ip_address: str
    location: Location
    user_agent: str
    asn: int | None = None
    device: Device = Field(default_factory=Device)
    client_app_used: str = "Browser"
    weight: int = Field(default=1, ge=1)


class Baseline(Part):
    """The ordinary sign-ins of one user over the days before the scenario's moment."""

    user: str
    days: int = Field(default=30, ge=1, le=90)
    a_day: int = Field(default=3, ge=1, le=50, description="sign-ins on a working day")
    until: AwareDatetime | None = Field(default=None, description="default: the scenario's now")
    wrong_passwords: int = Field(default=0, ge=0, description="mistyped, over the whole time")
    multi_factor: bool = Field(default=True, description="false: a password is all that is asked")
    places: list[Place] = Field(min_length=1)


class Burst(Part):
    """Many rows of one table within a short time, alike but for their time and their ids."""

    table: str
    count: int = Field(ge=1, le=10_000)
    seconds: float = Field(ge=0, description="from the first to the last")
    row: JsonObject

    def rows(self) -> Iterator[JsonObject]:
        """The rows, oldest first; an audit record in them has an id and a time of its own."""
        first = datetime.fromisoformat(str(self.row["Timestamp"]))
        for number in range(self.count):
            at = first + timedelta(seconds=self.seconds * number / max(self.count - 1, 1))
            row = {**self.row, "Timestamp": at.isoformat()}
            row["ReportId"] = f"{self.row.get('ReportId', self.table)}_{number}"
            record = self.row.get("RawEventData")
            if isinstance(record, dict):
                own: JsonObject = {
                    "Id": str(stable_id("burst", str(record.get("Id")), str(number))),
                    "CreationTime": f"{at:%Y-%m-%dT%H:%M:%S}",
                }
                row["RawEventData"] = {**record, **own}
            yield row


class ApprovedDestination(Part):
    """A destination that the organisation allows mail to be forwarded to."""

    destination: str
    scope: str = "*"
    owner: str
    until: AwareDatetime


class ExpectedChange(Part):
    """A change that an analyst expects the playbook to make, or to try."""

    action: str
    target: str | None = Field(default=None, description="a part of the target; absent: any")
    status: Literal["done", "unchanged", "planned", "refused", "failed"] = "done"


class Expectation(Part):
    """What an experienced analyst would conclude and change."""

    classification: Classification | Literal["undetermined"]
    determination: Determination | None = None
    confidence: Literal["low", "medium", "high"] | None = None
    findings: list[str] = Field(
        default_factory=list, description="ids of findings that the verdict rests on"
    )
    told: list[str] = Field(
        default_factory=list, description="what the incident's last verdict says to its reader"
    )
    untold: list[str] = Field(
        default_factory=list, description="what no comment says, since it would mislead"
    )
    changes: list[ExpectedChange] = Field(
        default_factory=list[ExpectedChange], description="all that are made, whoever approves"
    )
    unchanged: list[str] = Field(
        default_factory=list, description="actions that must not change anything"
    )
    untouched: list[str] = Field(
        default_factory=list, description="accounts and rules that no change may be about"
    )


class Scenario(Part):
    """One case that can be played against the simulated tenant."""

    name: str
    title: str
    now: AwareDatetime
    story: str = ""
    tenant: TenantState
    incident: Incident
    baseline: list[Baseline] = Field(default_factory=list[Baseline])
    bursts: list[Burst] = Field(default_factory=list[Burst])
    approved_destinations: list[ApprovedDestination] = Field(
        default_factory=list[ApprovedDestination]
    )
    protected_accounts: list[str] = Field(default_factory=list)
    expect: Expectation

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        known = {user.user_principal_name for user in self.tenant.users}
        used = [(f"baseline: {b.user}", b.user) for b in self.baseline]
        used += [(f"sign_ins: {s.user}", s.user) for s in self.tenant.sign_ins if s.user]
        used += [(f"alert: {a.forwarder}", a.forwarder) for a in self.incident.alerts]
        used += [(f"grants: {g.principal}", g.principal) for g in self.tenant.grants]
        used += [(f"directory_audits: {a.user}", a.user) for a in self.tenant.directory_audits]
        for where, upn in used:
            if upn is not None and upn not in known:
                raise ValueError(f"{where} is not among the tenant's users")
        return self

    def state(self) -> TenantState:
        """The tenant at the scenario's moment: a new one each time, with the baseline in it."""
        state = self.tenant.model_copy(deep=True)
        state.incidents.append(self.incident.model_copy(deep=True))
        state.sign_ins.extend(self._ordinary_sign_ins())
        for table in E5_TABLES:
            state.hunting.setdefault(table, [])
        for burst in self.bursts:
            state.hunting[burst.table] = [*state.hunting.get(burst.table, ()), *burst.rows()]
        return state

    def trigger(self) -> JsonObject:
        """The body with which Sentinel's incident trigger starts a playbook."""
        return incident_trigger(self.tenant, self.incident)

    def _ordinary_sign_ins(self) -> Iterator[SignIn]:
        for baseline in self.baseline:
            yield from _sign_ins(baseline, baseline.until or self.now)


def _sign_ins(baseline: Baseline, until: AwareDatetime) -> Iterator[SignIn]:
    """Working days from eight to six, the same for the same baseline on every run."""
    chance = random.Random(baseline.user)  # noqa: S311 - variety, not secrecy
    weights = [place.weight for place in baseline.places]
    morning = until.replace(hour=8, minute=0, second=0, microsecond=0)
    days = [morning - timedelta(days=back) for back in range(baseline.days, 0, -1)]
    working = [day for day in days if day.weekday() < 5] or days
    asked = "multiFactorAuthentication" if baseline.multi_factor else "singleFactorAuthentication"
    mistyped = set(chance.sample(range(len(working)), min(baseline.wrong_passwords, len(working))))
    for number, day in enumerate(working):
        times = sorted(
            day + timedelta(seconds=chance.randrange(36_000)) for _ in range(baseline.a_day)
        )
        for nth, at in enumerate(times):
            place = chance.choices(baseline.places, weights)[0]
            failed = nth == 0 and number in mistyped
            yield SignIn(
                user=baseline.user,
                at=at,
                ip_address=place.ip_address,
                asn=place.asn,
                location=place.location,
                device=place.device,
                user_agent=place.user_agent,
                client_app_used=place.client_app_used,
                interactive=nth == 0,
                error_code=50126 if failed else 0,
                authentication_requirement=asked,
                incoming_token_type="none" if nth == 0 else "primaryRefreshToken",
                session_id=str(stable_id("session", baseline.user, day.isoformat())),
            )


def load_scenario(name: str | Path) -> Scenario:
    """Read a scenario by its name or from a file. Raises `ScenarioError`."""
    path = Path(name)
    if path.suffix not in {".yaml", ".yml"}:
        path = SCENARIOS / f"{name}.yaml"
    try:
        data: object = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe one
    except FileNotFoundError:
        names = ", ".join(sorted(file.stem for file in SCENARIOS.glob("*.yaml")))
        if path.parent != SCENARIOS:
            if Path(name).is_dir():
                raise ScenarioError(f"{name}: it is a folder, not a file") from None
            raise ScenarioError(f"{path}: there is no such file") from None
        raise ScenarioError(f"no scenario {str(name)!r}; there are {names}") from None
    except IsADirectoryError:
        raise ScenarioError(f"{path}: it is a folder, not a file") from None
    except yaml.MarkedYAMLError as problem:
        where = problem.problem_mark
        place = f"line {where.line + 1}, column {where.column + 1}: " if where else ""
        raise ScenarioError(f"{path}: {place}{problem.problem}") from problem
    except (OSError, UnicodeError, yaml.YAMLError) as problem:
        raise ScenarioError(f"{path}: {' '.join(str(problem).split())}") from problem
    try:
        return Scenario.model_validate(data)
    except ValidationError as problem:
        # A key that is not known comes first: a missing one is often the same, spelled right.
        found = sorted(problem.errors(), key=lambda each: each["type"] != "extra_forbidden")
        told = "; ".join(_problem(each) for each in found[:_TOLD])
        more = f"; and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        raise ScenarioError(f"{path}: {told}{more}") from problem


def _problem(error: ErrorDetails) -> str:
    where = ".".join(str(part) for part in error["loc"])
    what = "there is no such key" if error["type"] == "extra_forbidden" else error["msg"]
    what = what.removeprefix("Value error, ")
    if error["type"] == "model_type":
        what = "must be a mapping of keys to values"
    return f"{where or 'the file as a whole'}: {what}"


def scenarios() -> list[Scenario]:
    """Every scenario that comes with the sandbox, by name."""
    return [load_scenario(file) for file in sorted(SCENARIOS.glob("*.yaml"))]
