"""Applications as the tenant knows them, and what they were granted."""

from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from sandbox.tenant.part import Part, stable_id

GRAPH = "00000003-0000-0000-c000-000000000000"
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
"""The tenant in which Microsoft registers the applications that every organisation has."""
# Microsoft Graph permissions reference; the roles of Office 365 Exchange Online. Of the many that
# there are, those that reach mail and a few that do not.
_ROLES = {
    GRAPH: {
        "Mail.Read": "810c84a8-4a9e-49e6-bf7d-12d183f40d01",
        "Mail.ReadBasic.All": "693c5e45-0940-467d-9b8a-1022fb9d42ef",
        "Mail.ReadWrite": "e2a3a72e-5f79-4c64-b1b1-878b674786c9",
        "Mail.Send": "b633e1c5-b582-4048-a93e-9f11b44c7e96",
        "MailboxSettings.Read": "40f97065-369a-49f4-947c-6a255697ae91",
        "MailboxSettings.ReadWrite": "6931bccd-447a-43d1-b442-00a195474933",
        "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
        "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
    },
    EXCHANGE: {
        "Exchange.ManageAsApp": "dc50a0fb-09a3-484d-be87-e023b12c6440",
        "full_access_as_app": "dc890d15-9560-4a4c-9b7f-a736ec74ec40",
    },
}
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
"""The role of whoever is assigned to an application that has no roles (appRoleAssignment)."""


class Grant(Part):
    """A delegated permission that a user or an administrator gave to an application."""

    client: str = Field(description="the application: object id of its service principal, or appId")
    principal: str | None = Field(default=None, description="UPN; absent when given for everyone")
    resource: str = GRAPH
    scope: str
    created: AwareDatetime | None = Field(
        default=None, description="when the user consented, which assigns him to the application"
    )


class AppRoleAssignment(Part):
    """An application permission, which needs no user: a role of an API, given to an application."""

    client: str = Field(description="the application: object id of its service principal, or appId")
    resource: str = GRAPH
    role: str = Field(description="the permission's name, such as Mail.Read")
    created: AwareDatetime | None = None


class ServicePrincipal(Part):
    """An application as this tenant knows it."""

    app_id: str
    display_name: str
    id: str = ""
    home_tenant: str | None = Field(default=None, description="where it is registered")
    publisher: str | None = Field(default=None, description="the verified publisher's name")
    account_enabled: bool = True
    reply_urls: list[str] = Field(default_factory=list)
    roles: list[str] = Field(default_factory=list, description="application permissions it offers")

    @model_validator(mode="after")
    def _follow_from_the_name(self) -> Self:
        if not self.id:
            self.id = str(stable_id("service principal", self.app_id))
        if not self.roles:
            self.roles = [*_ROLES.get(self.app_id.lower(), ())]
        return self

    def role_id(self, role: str) -> str:
        """The id of one of its roles."""
        known = _ROLES.get(self.app_id.lower(), {})
        return known.get(role) or str(stable_id("app role", self.app_id, role))


def microsofts_own() -> list[ServicePrincipal]:
    """The APIs that are in every tenant."""
    names = {GRAPH: "Microsoft Graph", EXCHANGE: "Office 365 Exchange Online"}
    return [
        ServicePrincipal(app_id=app_id, display_name=name, home_tenant=MICROSOFT)
        for app_id, name in names.items()
    ]
