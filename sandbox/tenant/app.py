"""The simulated tenant as one ASGI application: Graph, Exchange's admin API and Sentinel."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.exchange.endpoint import Exchange
from sandbox.tenant.front import Front, service_of
from sandbox.tenant.graph.analyzed_emails import AnalyzedEmails
from sandbox.tenant.graph.applications import Applications
from sandbox.tenant.graph.audits import Audits
from sandbox.tenant.graph.authentication import Authentication
from sandbox.tenant.graph.batch import Batch
from sandbox.tenant.graph.directory import Directory
from sandbox.tenant.graph.logs import Logs
from sandbox.tenant.graph.mail import Mail
from sandbox.tenant.graph.memberships import Memberships
from sandbox.tenant.graph.message_traces import MessageTraces
from sandbox.tenant.graph.messages import Messages
from sandbox.tenant.graph.security import Security
from sandbox.tenant.graph.submissions import Submissions
from sandbox.tenant.graph.users import Users
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource_manager import ResourceManager
from sandbox.tenant.state import TenantState


def tenant_app(state: TenantState, clock: Clock) -> Starlette:
    """The tenant behind its front door. What it is asked and what changes stands in `state`."""
    security = Security(state, clock)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        yield
        security.close()

    app = Starlette(
        middleware=[Middleware(Front, state=state, clock=clock)],
        exception_handlers={404: _no_such_path, 405: _no_such_method},
        lifespan=lifespan,
    )
    rooms = [
        Users(state, clock),
        Mail(state, clock),
        Messages(state, clock),
        MessageTraces(state, clock),
        AnalyzedEmails(state, clock),
        Submissions(state, clock),
        Directory(state),
        Applications(state),
        Authentication(state),
        Audits(state, clock),
        Memberships(state),
        Logs(state, clock),
        security,
        Batch(app),
    ]
    routes: list[Route] = [
        route for version in ("v1.0", "beta") for room in rooms for route in room.routes(version)
    ]
    routes += Exchange(state, clock).routes()
    routes += ResourceManager(state, clock).routes()
    app.router.routes.extend(routes)
    return app


async def _no_such_path(request: Request, _: Exception) -> Response:
    path = request.url.path
    if service_of(path) == "arm":
        raise Problem(404, "InvalidResourceType", f"The resource '{path}' could not be found.")
    if service_of(path) == "exchange":
        raise Problem(404, "ResourceNotFoundException", f"No such resource: {path}")
    # Graph answers a path that its model does not have with 400, not 404.
    segment = _unknown_segment(request)
    if segment.lower() == "me":
        message = "/me request is only valid with delegated authentication flow."
    else:
        message = f"Resource not found for the segment '{segment}'."
    raise Problem(400, "BadRequest", message)


def _unknown_segment(request: Request) -> str:
    """The first segment of the path with which no path of the tenant goes on."""
    app: Starlette = request.app
    going_on = [route.path.split("/")[1:] for route in app.routes if isinstance(route, Route)]
    segments = request.url.path.rstrip("/").split("/")[1:]
    for depth, segment in enumerate(segments):
        going_on = [
            steps
            for steps in going_on
            if len(steps) > depth and (steps[depth] == segment or steps[depth].startswith("{"))
        ]
        if not going_on:
            return segment
    return segments[-1]


async def _no_such_method(_: Request, __: Exception) -> Response:
    raise Problem(
        405,
        "Request_BadRequest",
        "Specified HTTP method is not allowed for the request target.",
    )
