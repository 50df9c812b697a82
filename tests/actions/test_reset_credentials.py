"""reset_credentials: a password that nobody is shown, and sessions that end after it."""

import json
import logging
import string
from collections.abc import Callable

import httpx
import pytest

from sandbox.tenant.faults import Refusal
from sandbox.tenant.mailbox import Mailbox
from sandbox.tenant.people import User
from sandbox.tenant.state import TenantState
from tests.labs import ANA, LedgerFile, OpenLab, answered, as_object, change, operations


@pytest.fixture
def passwords(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that leaves the process on its way to Graph."""
    sent: list[str] = []
    really = httpx.AsyncHTTPTransport.handle_async_request

    async def recording(
        transport: httpx.AsyncHTTPTransport, request: httpx.Request
    ) -> httpx.Response:
        if request.method == "PATCH" and "/users/" in request.url.path:
            profile = json.loads(await request.aread()).get("passwordProfile", {})
            sent.append(profile["password"])
        return await really(transport, request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", recording)
    return sent


async def test_the_password_is_long_of_every_kind_and_never_the_same(
    open_lab: OpenLab, passwords: list[str]
) -> None:
    lab = await open_lab()
    for incident in ("INC-1", "INC-2"):
        await answered(lab, "reset-credentials", {**change(user=ANA), "incident": incident})

    first, second = passwords
    assert first != second
    for password in passwords:
        assert len(password) >= 64
        for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!#$%&*+-=?@_"):
            assert set(password) & set(kind)


async def test_no_password_leaves_in_the_answer_the_ledger_or_the_logs(
    open_lab: OpenLab,
    ledger: LedgerFile,
    passwords: list[str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    lab = await open_lab()

    response = await lab.call("reset-credentials", change(user=ANA))
    again = await lab.call("reset-credentials", change(user=ANA))

    [password] = passwords
    out, err = capfd.readouterr()
    stored = b"".join(file.read_bytes() for file in ledger.path.parent.glob("ledger*"))
    assert response.json()["status"] == "done"
    for place in (response.text, again.text, str(response.headers), caplog.text, out, err):
        assert password not in place
    assert len(stored) > 0
    assert password.encode() not in stored


async def test_no_password_leaves_when_microsoft_refuses_it(
    open_lab: OpenLab,
    ledger: LedgerFile,
    passwords: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    refusal = Refusal(service="graph", method="PATCH", path="*/users/*", status=400)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    response = await lab.call("reset-credentials", change(user=ANA))

    [password] = passwords
    assert response.status_code == 424
    assert password not in response.text + caplog.text
    assert password.encode() not in ledger.path.read_bytes()


async def test_a_refusal_names_what_has_to_be_granted(open_lab: OpenLab) -> None:
    refusal = Refusal(service="graph", method="PATCH", path="*/users/*", status=403)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    problem = await answered(lab, "reset-credentials", change(user=ANA), status=424)

    detail = str(problem["detail"])
    assert problem["target"] == f"credentials of {ANA}"
    assert "Insufficient privileges" in detail
    assert "User-PasswordProfile.ReadWrite.All" in detail
    assert "Privileged Authentication Administrator" in detail


async def test_sessions_end_after_the_new_password_is_set(open_lab: OpenLab) -> None:
    lab = await open_lab()

    await answered(lab, "reset-credentials", change(user=ANA))

    assert list(operations(lab)) == [
        "Reset user password.",
        "Update StsRefreshTokenValidFrom Timestamp.",
    ]
    ana = lab.state.user(ANA)
    assert ana is not None
    assert ana.force_change_password is True


def synchronised(state: TenantState) -> None:
    account(state).on_premises_sync_enabled = True


def federated(state: TenantState) -> None:
    state.federated_domains.append("contoso.com")


def shared(state: TenantState) -> None:
    account(state).mailbox = Mailbox(kind="SharedMailbox")


def unseen(state: TenantState) -> None:
    state.refusals.append(Refusal(service="graph", path="*/domains/*", status=403))


def account(state: TenantState) -> User:
    ana = state.user(ANA)
    assert ana is not None
    return ana


@pytest.mark.parametrize(
    ("kind", "reason", "instead"),
    [
        (synchronised, "synchronised", "Reset it there"),
        (federated, "federated", "at that provider"),
        (shared, "sharedMailbox", "Block its sign-in"),
        (unseen, "unknownAccountKind", "by hand"),
    ],
)
async def test_an_account_whose_password_lives_elsewhere_is_refused_with_what_to_do_instead(
    open_lab: OpenLab,
    ledger: LedgerFile,
    kind: Callable[[TenantState], None],
    reason: str,
    instead: str,
) -> None:
    lab = await open_lab(change=kind)

    answer = await answered(lab, "reset-credentials", change(user=ANA))

    assert answer["status"] == "refused"
    refusal = as_object(as_object(answer["result"])["refusal"])
    assert refusal["reason"] == reason
    assert instead in str(refusal["instead"])
    assert operations(lab) == []
    assert ledger.entries() == []


async def test_an_account_without_a_mailbox_can_be_reset(open_lab: OpenLab) -> None:
    def no_mailbox(state: TenantState) -> None:
        account(state).mailbox = None

    lab = await open_lab(change=no_mailbox)

    assert (await answered(lab, "reset-credentials", change(user=ANA)))["status"] == "done"


async def test_what_failed_before_it_was_known_what_to_change_names_no_target(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()
    problem = await answered(
        lab, "reset-credentials", change(user="nobody@contoso.com"), status=404
    )
    assert "target" not in problem
