"""Who the organisation is: its domains, and the destinations and transport rules it approved."""

from actions.catalog import Effect, action
from actions.needs import Graph, exchange
from actions.policy import Policy
from actions.requests import ReadRequest
from evidence.organization import Organization
from microsoft365.organization import organization
from microsoft365.tenant import Tenant


class GetOrganization(ReadRequest):
    """Nothing to say but when."""


@action(
    effect=Effect.READ,
    needs=[
        Graph.ORGANIZATION_READ.need,
        Graph.DOMAIN_READ.need,
        # Only asked for the domains where Graph refuses them.
        *exchange("View-Only Configuration", optional=True),
    ],
)
async def get_organization(
    request: GetOrganization, tenant: Tenant, policy: Policy
) -> Organization:
    """Approved destinations whose time ran out before `around` are left out."""
    found = await organization(tenant)
    current = tuple(
        each for each in policy.approved_destinations if request.around.date() <= each.until
    )
    return found.model_copy(
        update={
            "approved_destinations": current,
            "approved_transport_rules": policy.approved_transport_rules,
        }
    )
