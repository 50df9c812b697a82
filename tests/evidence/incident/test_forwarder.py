"""The forwarder is chosen by evidence, and where the evidence does not tell, it is left open."""

import pytest

from evidence.incident import parse_incident
from evidence.indicators import Indicators
from evidence.model import JsonObject

GUID = "{0}{0}{0}{0}{0}{0}{0}{0}-0000-4000-8000-000000000000"


def account(name: str, *, known: bool = True, domain: str = "fabrikam.example") -> JsonObject:
    properties: JsonObject = {"accountName": name, "upnSuffix": domain}
    if known:
        properties["aadUserId"] = GUID.format(f"{sum(map(ord, name)) % 10}")
    return {"kind": "Account", "properties": properties}


def mailbox(name: str) -> JsonObject:
    address = f"{name}@fabrikam.example"
    return {"kind": "Mailbox", "properties": {"mailboxPrimaryAddress": address, "upn": address}}


def message(sender: str, recipient: str) -> JsonObject:
    return {"kind": "MailMessage", "properties": {"p2Sender": sender, "recipient": recipient}}


def user(name: str, *roles: str) -> JsonObject:
    return {
        "@odata.type": "#microsoft.graph.security.userEvidence",
        "roles": [*roles],
        "userAccount": {"userPrincipalName": f"{name}@fabrikam.example"},
    }


def read(*entities: JsonObject, **details: str) -> Indicators:
    return parse_incident(
        {
            "object": {
                "id": "/subscriptions/s/incidents/1",
                "properties": {
                    "title": "Incident",
                    "alerts": [
                        {
                            "properties": {
                                "alertDisplayName": "Suspicious email forwarding activity",
                                "systemAlertId": "1",
                                "additionalData": {**details},
                            }
                        }
                    ],
                    "relatedEntities": [*entities],
                },
            }
        }
    )


def name(indicators: Indicators) -> str | None:
    found = indicators.forwarder
    return found and (found.user_principal_name or "").partition("@")[0]


ADELE, ISAIAH, LEE = account("adele"), account("isaiah"), account("lee")
FROM_ADELE = message("adele@fabrikam.example", "isaiah@fabrikam.example")
OUTSIDE = "drop@gmail.com"


@pytest.mark.parametrize(
    ("entities", "reason"),
    [
        ([ADELE], "only account"),
        ([ISAIAH, ADELE, FROM_ADELE], "sent the mail message"),
        ([ISAIAH, LEE, ADELE, message("adele@fabrikam.example", OUTSIDE)], "sent the mail message"),
        ([ISAIAH, ADELE, mailbox("adele")], "mailbox"),
        ([ISAIAH, mailbox("isaiah"), ADELE, mailbox("adele"), FROM_ADELE], "mailbox"),
        ([user("isaiah", "contextual"), user("adele", "compromised")], "compromised"),
        ([user("isaiah"), user("adele", "attacked")], "compromised"),
        ([user("isaiah", "destination"), user("adele")], "neither a recipient"),
        ([mailbox("isaiah"), user("adele", "compromised"), FROM_ADELE], "compromised"),
        ([ISAIAH, ADELE, message("x@partner.example", "isaiah@fabrikam.example")], "neither"),
        ([ADELE, account("drop", known=False, domain="gmail.com")], "neither"),
        ([account("buyer", known=False, domain="partner.example"), ADELE], "neither"),
        ([account("x_gmail.com#EXT#"), ADELE], "neither"),
    ],
)
def test_adele_is_the_forwarder(entities: list[JsonObject], reason: str) -> None:
    indicators = read(*entities)
    assert name(indicators) == "adele"
    assert reason in indicators.forwarder_reason
    assert "forwarder" not in indicators.missing
    assert all("adele" not in str(other) for other in indicators.other_accounts)


@pytest.mark.parametrize("entities", [[ISAIAH, ADELE], [ADELE, ISAIAH], [mailbox("isaiah"), ADELE]])
def test_an_explicit_forwarder_outweighs_everything(entities: list[JsonObject]) -> None:
    indicators = read(*entities, Forwarder="Adele@fabrikam.example")
    assert name(indicators) == "Adele"
    assert indicators.forwarder_reason == "The body names this account as the forwarder."
    assert len(indicators.other_accounts) == 1


@pytest.mark.parametrize(
    "entities",
    [
        [ADELE, ISAIAH],
        [mailbox("adele"), mailbox("isaiah")],
        [user("adele", "compromised"), user("isaiah", "compromised")],
        [ADELE, ISAIAH, message("nobody@partner.example", OUTSIDE)],
    ],
)
def test_nothing_distinguishes_two_accounts(entities: list[JsonObject]) -> None:
    indicators = read(*entities)
    assert indicators.forwarder is None
    assert indicators.forwarder_reason == ""
    assert "forwarder" in indicators.missing
    assert len(indicators.other_accounts) == 2


def test_two_explicit_forwarders_are_told_apart_by_the_next_sign() -> None:
    both = {"Forwarder": "adele@fabrikam.example;isaiah@fabrikam.example"}
    assert read(ADELE, ISAIAH, **both).forwarder is None
    assert name(read(ADELE, ISAIAH, mailbox("adele"), **both)) == "adele"


@pytest.mark.parametrize(
    "entities",
    [
        [ISAIAH, message("stranger@partner.example", "isaiah@fabrikam.example")],
        [user("isaiah", "destination")],
        [
            ISAIAH,
            account("stranger", known=False, domain="partner.example"),
            message("stranger@partner.example", "isaiah@fabrikam.example"),
        ],
    ],
)
def test_a_mere_recipient_is_never_chosen(entities: list[JsonObject]) -> None:
    indicators = read(*entities)
    assert indicators.forwarder is None
    assert "isaiah" in str(indicators.other_accounts[0])


def test_the_one_that_mail_was_forwarded_to_is_never_chosen() -> None:
    assert read(mailbox("isaiah"), SRL="isaiah@fabrikam.example").forwarder is None
    assert name(read(ISAIAH, ADELE, SRL="isaiah@fabrikam.example")) == "adele"


def test_a_sender_that_is_no_account_of_the_incident_is_not_chosen() -> None:
    assert read(message("adele@fabrikam.example", OUTSIDE)).forwarder is None


def test_an_account_only_of_another_alert_is_not_chosen() -> None:
    indicators = parse_incident(
        {
            "incidentWebUrl": "https://security.microsoft.com/incidents/1",
            "alerts": [
                {"id": "1", "title": "Malware", "evidence": [user("lee", "compromised")]},
                {"id": "2", "title": "Suspicious inbox forwarding rule", "evidence": [{}]},
            ],
        }
    )
    assert indicators.forwarder is None
    assert [other.user_principal_name for other in indicators.other_accounts] == [
        "lee@fabrikam.example"
    ]


def test_the_names_of_one_account_are_put_together() -> None:
    """Entity, mailbox and message each know a part; the mailbox ties the two domains."""
    identifier = "0a0a0a0a-0000-4000-8000-000000000000"
    indicators = read(
        {
            "kind": "Account",
            "properties": {
                "accountName": "Adele.V",
                "upnSuffix": "fabrikam.onmicrosoft.example",
                "aadUserId": identifier,
            },
        },
        {
            "kind": "Mailbox",
            "properties": {
                "mailboxPrimaryAddress": "adele@fabrikam.example",
                "externalDirectoryObjectId": identifier,
                "displayName": "Adele Vance",
            },
        },
        message("ADELE@fabrikam.example", OUTSIDE),
    )
    assert indicators.other_accounts == ()
    found = indicators.forwarder
    assert found is not None
    assert found.object_id == identifier
    assert found.user_principal_name == "Adele.V@fabrikam.onmicrosoft.example"
    assert found.mail == "adele@fabrikam.example"
    assert found.display_name == "Adele Vance"
    assert found.subject == identifier
    assert indicators.recipients == (OUTSIDE,)


def test_a_message_that_the_forwarder_received_was_not_forwarded_to_it() -> None:
    indicators = read(
        ADELE, mailbox("adele"), message("boss@fabrikam.example", "adele@fabrikam.example")
    )
    assert name(indicators) == "adele"
    assert indicators.recipients == ()
    assert "recipients" in indicators.missing
