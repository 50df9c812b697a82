"""The answers of reads that a case stands for, and the tenant it is taken to come from."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue, ValidationError

from bench.verdict.labelled import Context
from evidence.addresses import domain, is_object_id, smtp_address
from evidence.hunt_result import HuntResult
from evidence.indicators import Account
from evidence.model import Evidence, JsonObject
from evidence.organization import ApprovedDestination, Organization
from evidence.reading import distinct

UNDATED = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
"""When what has no time of its own is taken to be: listings, and records that lost theirs."""
_APPROVED_FOR = timedelta(days=365)
_LOG = timedelta(days=30)
_FULL_DOMAIN = 2
"""The parts that a domain has at least."""


def answer(action: str, result: Evidence, unseen: str = "") -> JsonObject:
    """An action's envelope; `unseen` says what it did not look at."""
    gaps: list[JsonValue] = [{"source": unseen, "reason": "notAsked"}] if unseen else []
    body: JsonValue = result.model_dump(mode="json")
    return {"action": action, "complete": not gaps, "gaps": gaps, "result": body}


def hunted(hunt: str, at: datetime, rows: Sequence[JsonObject], unseen: str = "") -> JsonObject:
    """The envelope of a hunt over the thirty days before."""
    result = HuntResult(hunt=hunt, since=at - _LOG, until=at, columns=(), rows=tuple(rows))
    return answer("run_hunt", result, unseen) | {"hunt": hunt}


def organization(context: Context, at: datetime, named: Iterable[str] = ()) -> Organization | None:
    """The tenant: its domains as the context gives them, else those that the case itself names.

    None where neither names any.
    """
    domains = context.accepted_domains or distinct(map(_domain, named))
    domains = tuple(each for each in domains if each)
    approved = tuple(_approvals((*context.allowed_domains, *context.allowed_addresses), at))
    if not domains and not approved:
        return None
    return Organization(
        tenant_id="",
        accepted_domains=domains,
        default_domain=domains[0] if domains else "",
        approved_destinations=approved,
    )


def account(named: str) -> Account | None:
    """An account by whatever names it: an address, an object id or a name."""
    name = named.strip()
    if smtp_address(name) == name.lower():
        return Account(user_principal_name=name)
    if is_object_id(name):
        return Account(object_id=name)
    return Account(display_name=name, mail=name) if name else None


def _approvals(destinations: Iterable[str], at: datetime) -> Iterable[ApprovedDestination]:
    until = (at + _APPROVED_FOR).date()
    for each in destinations:
        try:
            yield ApprovedDestination(
                destination=each, scope="*", owner="the tenant's allow list", until=until
            )
        except ValidationError:
            continue  # A free-mail domain, which nobody can approve as a whole.


def _domain(named: str) -> str:
    """The domain of an address, or the one that a text is; empty for anything else."""
    found = domain(named.strip())
    parts = found.split(".")
    plain = len(parts) >= _FULL_DOMAIN and all(part.replace("-", "").isalnum() for part in parts)
    return found if plain and not parts[-1].isdigit() else ""
