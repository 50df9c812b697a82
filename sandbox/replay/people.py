"""Who occurs in an export: accounts, contacts and the domains that are the tenant's own."""

from difflib import get_close_matches

from sandbox.replay.audit import text
from sandbox.tenant.exchange.cmdlet import identity_name
from sandbox.tenant.part import JsonObject, name_and_address
from sandbox.tenant.people import Contact, User
from sandbox.tenant.state import TenantState


class People:
    """The accounts of the tenant that is being rebuilt, found fast and made when first met."""

    def __init__(self, state: TenantState) -> None:
        self._state = state
        self._users: dict[str, User] = {}

    def met(self, upn: str, object_id: str = "") -> User:
        """The account with this UPN; an id that becomes known later is kept."""
        user = self._users.get(upn.lower())
        if user is None:
            user = User(
                user_principal_name=upn,
                display_name=upn.partition("@")[0],
                user_type="Guest" if "#ext#" in upn.lower() else "Member",
                created=None,
                last_password_change=None,
                sign_in_sessions_valid_from=None,
            )
            self._users[upn.lower()] = user
            self._state.users.append(user)
        if object_id:
            user.id = object_id
        return user

    def find(self, upn: str) -> User | None:
        """The account with this UPN, if it was met."""
        return self._users.get(upn.lower())

    def nearest(self, upn: str) -> str | None:
        """The UPN among those met that reads most like this one."""
        found = get_close_matches(upn.lower(), self._users, n=1)
        return self._users[found[0]].user_principal_name if found else None

    def known(self, upn: str) -> bool:
        """Whether the UPN is one of the tenant: in an accepted domain, or already met."""
        domain = upn.rpartition("@")[2].lower()
        return upn.lower() in self._users or domain in self._domains

    @property
    def _domains(self) -> set[str]:
        return {domain.lower() for domain in self._state.domains}

    def accept(self, domain: str) -> None:
        """A domain is the tenant's own."""
        if domain and domain.lower() not in self._domains:
            self._state.domains.append(domain.lower())

    def organization(self, data: JsonObject) -> str:
        """The initial domain that aliases of a record belong to."""
        return text(data, "OrganizationName") or self._state.domains[0]

    def recipient(self, named: str, organization: str) -> str:
        """A recipient's name or address, once the tenant is sure to know it.

        What is no address is an alias of the organisation; a foreign address is a contact.
        """
        name = identity_name(named)
        _, bare = name_and_address(name) if name.strip() else (name, name)
        bare = bare[5:] if bare.lower().startswith("smtp:") else bare
        if "@" not in bare:
            if self._state.recipient(bare) is None:
                self.met(f"{bare}@{organization}")
        elif self.known(bare):
            self.met(bare)
        elif self._state.recipient(bare) is None:
            self._state.contacts.append(Contact(name=bare, external_address=bare))
        return bare
