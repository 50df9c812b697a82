"""How Graph, Exchange and Resource Manager say no: one exception, three bodies."""

from datetime import datetime
from typing import Literal

from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.tenant.times import iso

Service = Literal["graph", "exchange", "arm"]

_EXCHANGE_CODES = {400: "BadRequest", 403: "Forbidden", 404: "NotFound", 429: "TooManyRequests"}


class Problem(Exception):
    """An answer that is an error, with the code and message that the service documents."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: dict[str, str] | None = None,
        *,
        page: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}
        self.page = page
        """HTML that stands in place of the service's own words."""


def answer(
    problem: Problem, service: Service, now: datetime, request_id: str, client_request_id: str
) -> Response:
    """The problem in the words of the service."""
    if problem.page is not None:
        return HTMLResponse(problem.page, problem.status, problem.headers)
    if service == "exchange":
        return _exchange(problem)
    error: dict[str, object] = {"code": problem.code, "message": problem.message}
    if service == "graph":  # Microsoft Graph error responses and resource types
        error["innerError"] = {
            "date": iso(now.replace(microsecond=0)).removesuffix("Z"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
    return JSONResponse({"error": error}, problem.status, problem.headers)


def _exchange(problem: Problem) -> Response:
    if problem.status == 401:  # the front end refuses before any cmdlet runs
        return Response(None, 401, problem.headers)
    kind = f"Microsoft.Exchange.Configuration.Tasks.{problem.code}"
    return JSONResponse(
        {
            "error": {
                "code": _EXCHANGE_CODES.get(problem.status, "InternalServerError"),
                "message": "Error executing request. "
                f"Exception of type '{kind}' was thrown. {problem.message}",
                "details": [
                    {
                        "code": "Context",
                        "target": "",
                        "message": f"Ex6F9304|{kind}|{problem.message}",
                    }
                ],
                "innererror": {
                    "message": "Error executing cmdlet",
                    "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
                    "internalexception": {"message": problem.message, "type": kind},
                },
            }
        },
        problem.status,
        problem.headers,
    )
