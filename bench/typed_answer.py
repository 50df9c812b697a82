"""The baseline: a fresh process to its first inbox rules, typed, as msgraph-sdk hands them out.

It imports what a Function app imports anyway. Says when which part was done, as `first_answer`.
"""

import asyncio
import json
import os
import sys
import time


async def _answer(mailbox: str) -> None:
    begun = time.time()
    # ruff: noqa: PLC0415 - the imports are part of what is measured
    import azure.functions
    import azure.identity
    import pydantic
    import tenacity
    from kiota_abstractions.authentication import (
        AccessTokenProvider,
        AllowedHostsValidator,
        BaseBearerTokenAuthenticationProvider,
    )
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph.graph_service_client import GraphServiceClient

    import settings

    class FixedToken(AccessTokenProvider):
        """The simulated tenant takes any token."""

        async def get_authorization_token(
            self, uri: str, additional_authentication_context: dict[str, object] | None = None
        ) -> str:
            del uri, additional_authentication_context
            return os.environ["MAILWARDEN_STATIC_TOKEN"]

        def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
            return AllowedHostsValidator([])

    same_imports = (azure.functions, azure.identity, pydantic, tenacity, settings)
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(FixedToken()))
    adapter.base_url = f"{os.environ['MAILWARDEN_GRAPH_URL']}/v1.0"
    client = GraphServiceClient(request_adapter=adapter)
    client.path_parameters["baseurl"] = adapter.base_url
    started = time.time()
    inbox = client.users.by_user_id(mailbox).mail_folders.by_mail_folder_id("inbox")
    answer = await inbox.message_rules.get()
    answered = time.time()
    rules = len(answer.value or ()) if answer else 0
    told = {"begun": begun, "started": started, "answered": answered, "rules": rules}
    sys.stdout.write(json.dumps({**told, "imports": len(same_imports)}) + "\n")


if __name__ == "__main__":
    asyncio.run(_answer(sys.argv[1]))
