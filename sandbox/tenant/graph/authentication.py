"""Authentication methods and registered devices of a user."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tenant.graph.memberships import LIST, NAMED
from sandbox.tenant.graph.users import find_user
from sandbox.tenant.identity import AuthenticationMethod, RegisteredDevice
from sandbox.tenant.odata import (
    all_selected,
    context_url,
    counts,
    filtered,
    page,
    page_size,
    refuse_unknown_options,
)
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.people import User
from sandbox.tenant.resource import Resource, by_flag, by_text
from sandbox.tenant.state import TenantState
from sandbox.tenant.times import iso

# A user has one of each at most, and everybody's has the same id (Get passwordMethod, Get
# emailMethod, Get phoneMethod).
_PASSWORD = "28c10230-6103-485e-b985-444c60001490"  # noqa: S105 - an id
_EMAIL = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"
_PHONES = {
    "mobile": "3179e48a-750b-4051-897c-87b9720928f7",
    "alternateMobile": "b6332ec1-7057-4abe-9331-3d72feddfe41",
    "office": "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}
_DEVICE = Resource(
    "microsoft.graph.directoryObject",
    (
        "accountEnabled deviceId displayName id isCompliant isManaged operatingSystem "
        "operatingSystemVersion profileType registrationDateTime trustType"
    ).split(),
    "directory",
    {**NAMED, "isCompliant": by_flag("eq"), "deviceId": by_text("eq", "in")},
)


class Authentication:
    """How each user proves who he is."""

    def __init__(self, state: TenantState) -> None:
        self._state = state

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        user = f"/{version}/users/{{user}}"
        return [
            Route(f"{user}/authentication/methods", self.methods, methods=["GET"]),
            Route(f"{user}/registeredDevices", self.devices, methods=["GET"]),
        ]

    async def methods(self, request: Request) -> Response:
        """List methods, the password first. It knows no query options."""
        refuse_unknown_options(request)
        user = find_user(self._state, request.path_params["user"])
        changed = user.last_password_change
        rows: list[JsonObject] = [
            {
                "@odata.type": "#microsoft.graph.passwordAuthenticationMethod",
                "id": _PASSWORD,
                "password": None,
                "createdDateTime": changed and iso(changed),
            },
            *(_method(user, place, one) for place, one in enumerate(user.authentication_methods)),
        ]
        context = context_url(request, f"users('{user.id}')/authentication/methods")
        return JSONResponse({"@odata.context": context, "value": rows})

    async def devices(self, request: Request) -> Response:
        """List registeredDevices."""
        refuse_unknown_options(request, LIST)
        user = find_user(self._state, request.path_params["user"])
        rows = filtered(request, [_device(user, one) for one in user.devices], _DEVICE)
        shown = all_selected(request, rows, _DEVICE)
        size = page_size(request, 100, 999)
        found = page(request, "directoryObjects", shown, size, count=counts(request))
        return JSONResponse(found)


def _method(user: User, place: int, one: AuthenticationMethod) -> JsonObject:
    """The type derived from authenticationMethod, with what it alone has."""
    row: JsonObject = {
        "@odata.type": f"#microsoft.graph.{one.kind}AuthenticationMethod",
        "id": str(stable_id("authentication method", user.id, one.kind, str(place))),
        "createdDateTime": one.created and iso(one.created),
    }
    match one.kind:
        case "phone":
            row |= {
                "id": _PHONES[one.phone_type],
                "phoneNumber": one.phone_number,
                "phoneType": one.phone_type,
                "smsSignInState": "notAllowedByPolicy",
            }
        case "email":
            row |= {"id": _EMAIL, "emailAddress": one.email_address}
        case "softwareOath":
            row |= {"secretKey": None}
        case "temporaryAccessPass":
            row |= {
                "temporaryAccessPass": None,
                "lifetimeInMinutes": 60,
                "isUsableOnce": False,
                "startDateTime": one.created and iso(one.created),
            }
        case "microsoftAuthenticator":
            row |= {
                "displayName": one.name,
                "deviceTag": "SoftwareTokenActivated",
                "phoneAppVersion": "6.2503.1523",
            }
        case "fido2":
            row |= {"displayName": one.name, "model": one.name, "attestationLevel": "attested"}
        case "windowsHelloForBusiness" | "platformCredential":
            row |= {"displayName": one.name, "keyStrength": "normal"}
        case "external":
            row |= {"displayName": one.name}
    return row


def _device(user: User, one: RegisteredDevice) -> JsonObject:
    device = str(stable_id("device", user.id, one.display_name))
    return {
        "@odata.type": "#microsoft.graph.device",
        "id": str(stable_id("device object", device)),
        "deviceId": device,
        "displayName": one.display_name,
        "accountEnabled": True,
        "operatingSystem": one.operating_system,
        "operatingSystemVersion": one.operating_system_version,
        "isCompliant": one.is_compliant,
        "isManaged": one.is_managed,
        "registrationDateTime": one.registered and iso(one.registered),
        "trustType": one.trust_type,
        "profileType": "RegisteredDevice",
    }
