"""A mistake in the environment stops the start with one line that names the variable."""

import os
from pathlib import Path

import pytest

from settings import Settings, SettingsError, read_settings

TENANT = "6c1f6d0a-58a1-4c0e-9c0f-9f6d1c2b7a10"
LOCAL = {
    "TENANT_ID": TENANT,
    "GRAPH_URL": "http://127.0.0.1:5000",
    "EXCHANGE_URL": "http://localhost:5000",
    "ARM_URL": "http://[::1]:5000",
}
CLOUD = {"TENANT_ID": TENANT, "LEDGER": "sqlite:/home/site/ledger.sqlite3"}


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.upper().startswith(("MAILWARDEN_", "WEBSITE_")):
            monkeypatch.delenv(name)


def read(**variables: str) -> Settings:
    with pytest.MonkeyPatch.context() as environment:
        for name, value in variables.items():
            environment.setenv(f"MAILWARDEN_{name}", value)
        return read_settings()


def mistake(**variables: str) -> str:
    with pytest.raises(SettingsError) as raised:
        read(**variables)
    line = str(raised.value)
    assert "\n" not in line
    assert len(line) < 200
    return line


def test_in_the_cloud_the_tenant_and_a_ledger_are_all_it_takes() -> None:
    found = read(**CLOUD)

    assert found.graph_url == "https://graph.microsoft.com"
    assert found.exchange_url == "https://outlook.office365.com"
    assert found.arm_url == "https://management.azure.com"
    assert found.ledger_path == Path("/home/site/ledger.sqlite3")
    assert (found.auth, found.dry_run, found.paused, found.loopback) == ("key", False, False, False)


def test_on_loopback_a_fixed_token_and_no_ledger_will_do() -> None:
    found = read(**LOCAL, STATIC_TOKEN="anything")

    assert found.loopback
    assert found.ledger_path.suffix == ".sqlite3"


def test_lists_are_separated_by_commas() -> None:
    found = read(**CLOUD, PROTECTED_ACCOUNTS=" a@contoso.com, ,B@contoso.com ,")

    assert found.protected_accounts == ("a@contoso.com", "B@contoso.com")


def test_a_variable_that_is_set_to_nothing_is_not_set() -> None:
    found = read(**CLOUD, CLIENT_ID="", STATIC_TOKEN="", PAUSED="", APPROVED_DESTINATIONS="")

    assert (found.client_id, found.static_token, found.paused) == (None, None, False)
    assert found.approved_destinations is None
    assert mistake(TENANT_ID="", LEDGER="sqlite:x") == "MAILWARDEN_TENANT_ID: Field required"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("TENANT_ID", "a/b?c", "the id of the Entra tenant"),
        ("GRAPH_URL", "graph.microsoft.com", "must be a URL"),
        ("GRAPH_URL", "https://graph.microsoft.com/v1.0", "scheme and host only"),
        ("GRAPH_URL", "http://graph.microsoft.com", "must be https"),
        ("EXCHANGE_URL", "https://user@outlook.office365.com", "scheme and host only"),
        ("EXCHANGE_URL", "https://[bad", ""),
        ("ARM_URL", "ftp://management.azure.com", "must be a URL"),
        ("ARM_URL", "http://127.0.0.1.evil.example", "must be https"),
        ("AUTH", "Entra", "'key' or 'entra'"),
        ("AUTH", "none", "'key' or 'entra'"),
        ("LEDGER", "/home/ledger", "sqlite:PATH"),
        ("LEDGER", "sqlite:", "sqlite:PATH"),
        ("DRY_RUN", "perhaps", "boolean"),
        ("PAUSED", "2", "boolean"),
        ("PROTECTED_GROUPS", ",".join(map(str, range(21))), "at most 20"),
    ],
)
def test_a_malformed_variable_is_named(name: str, value: str, says: str) -> None:
    line = mistake(**{**CLOUD, name: value})

    assert line.startswith(f"MAILWARDEN_{name}")
    assert says in line


def test_a_missing_tenant_is_named() -> None:
    assert mistake(LEDGER="sqlite:x") == "MAILWARDEN_TENANT_ID: Field required"


@pytest.mark.parametrize("name", ["PAUSE", "TENANTID", "graph_url", "DRYRUN"])
def test_an_unknown_variable_is_a_mistake_and_not_ignored(name: str) -> None:
    """Whoever misspells PAUSED believes that Mailwarden is paused."""
    assert mistake(**CLOUD, **{name: "1"}) == f"MAILWARDEN_{name} is not a setting of Mailwarden"


@pytest.mark.parametrize("name", ["GRAPH_URL", "EXCHANGE_URL", "ARM_URL"])
def test_a_fixed_token_never_leaves_this_machine(name: str) -> None:
    away = {**LOCAL, name: "https://graph.microsoft.com", "LEDGER": "sqlite:x"}

    line = mistake(**away, STATIC_TOKEN="a-secret-token")

    assert line.startswith("MAILWARDEN_STATIC_TOKEN")
    assert "a-secret-token" not in line


def test_off_loopback_a_ledger_is_required() -> None:
    assert mistake(TENANT_ID=TENANT).startswith("MAILWARDEN_LEDGER is required")


def test_entra_needs_app_service_authentication_in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it anybody could write the header that names the caller."""
    line = mistake(**CLOUD, AUTH="entra")
    assert line.startswith("MAILWARDEN_AUTH=entra needs App Service authentication")

    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "False")
    mistake(**CLOUD, AUTH="entra")
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")
    assert read(**CLOUD, AUTH="entra").auth == "entra"


def test_settings_do_not_change_once_read() -> None:
    found = read(**CLOUD)

    with pytest.raises(ValueError, match="frozen"):
        found.paused = True  # pyright: ignore[reportAttributeAccessIssue] - that is the point
