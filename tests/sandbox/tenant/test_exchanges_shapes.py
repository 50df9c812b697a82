"""Exchange's objects have the properties that the cmdlets' documentation names, of their types.

InvokeCommand has no published model: the lists below are those of the Exchange PowerShell
reference, as far as they say what a rule, a mailbox or a recipient does with mail.
"""

from collections.abc import Mapping
from typing import cast

import httpx
import pytest
from pydantic import ConfigDict, JsonValue, TypeAdapter

from sandbox.tenant.exchange.endpoint import CMDLETS
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.sandbox.tenant.full import full_state
from tests.sandbox.tenant.test_microsofts_model import opened

PATH = "/adminapi/beta/contoso.com/InvokeCommand"
MAILBOX: JsonObject = {"Identity": "ana"}
RULE: JsonObject = {"Mailbox": "ana", "Identity": "Everything"}
# A call of each cmdlet that succeeds in the full tenant.
CALLS: Mapping[str, JsonObject] = {
    "Get-InboxRule": {"Mailbox": "ana", "IncludeHidden": True},
    "Disable-InboxRule": RULE,
    "Enable-InboxRule": RULE,
    "Remove-InboxRule": RULE,
    "New-InboxRule": {"Mailbox": "ana", "Name": "New", "MarkAsRead": True},
    "Set-InboxRule": {**RULE, "MarkImportance": "High"},
    "Get-Mailbox": MAILBOX,
    "Set-Mailbox": {**MAILBOX, "AuditEnabled": True},
    "Get-MailboxPermission": MAILBOX,
    "Get-MailboxFolderStatistics": MAILBOX,
    "Get-MailboxFolderPermission": {"Identity": "ana:\\Postvak IN"},
    "Add-MailboxPermission": {**MAILBOX, "User": "carl", "AccessRights": ["FullAccess"]},
    "Remove-MailboxPermission": {**MAILBOX, "User": "bo", "AccessRights": ["FullAccess"]},
    "Get-RecipientPermission": MAILBOX,
    "Add-RecipientPermission": {**MAILBOX, "Trustee": "carl", "AccessRights": ["SendAs"]},
    "Remove-RecipientPermission": {**MAILBOX, "Trustee": "bo", "AccessRights": ["SendAs"]},
    "Get-TransportRule": {},
    "Disable-TransportRule": {"Identity": "Copy"},
    "Enable-TransportRule": {"Identity": "Copy"},
    "New-TransportRule": {"Name": "New", "Mode": "Audit"},
    "Set-TransportRule": {"Identity": "Copy", "Mode": "Enforce"},
    "Remove-TransportRule": {"Identity": "Copy"},
    "Get-SweepRule": {"Mailbox": "ana"},
    "New-SweepRule": {"Mailbox": "ana", "Name": "New", "Sender": "b@b.example", "KeepLatest": 1},
    "Set-SweepRule": {"Mailbox": "ana", "Identity": "Tidy", "KeepForDays": 3},
    "Enable-SweepRule": {"Mailbox": "ana", "Identity": "Tidy"},
    "Disable-SweepRule": {"Identity": "Tidy"},
    "Remove-SweepRule": {"Identity": "Tidy"},
    "Get-JournalRule": {},
    "New-JournalRule": {"Name": "New", "JournalEmailAddress": "j@b.example", "Scope": "Global"},
    "Set-JournalRule": {"Identity": "Keep", "Recipient": "ana@contoso.com"},
    "Enable-JournalRule": {"Identity": "Keep"},
    "Disable-JournalRule": {"Identity": "Keep"},
    "Remove-JournalRule": {"Identity": "Keep"},
    "Get-OutboundConnector": {},
    "New-OutboundConnector": {"Name": "New", "SmartHosts": ["mx.b.example"]},
    "Set-OutboundConnector": {"Identity": "Relay", "Enabled": False},
    "Remove-OutboundConnector": {"Identity": "Relay"},
    "Get-AcceptedDomain": {},
    "Get-OrganizationConfig": {},
    "Get-RemoteDomain": {},
    "Get-HostedOutboundSpamFilterPolicy": {},
    "Get-Recipient": {},
    "Get-MailContact": {},
    "Get-MailUser": {},
    "Get-DistributionGroupMember": {"Identity": "ap@contoso.com"},
    "Get-UnifiedGroupLinks": {"Identity": "t@contoso.com", "LinkType": "Members"},
}

Text, Texts, Flag, Number = str | None, list[str] | None, bool, int
RECIPIENT = {
    "Identity": str,
    "Name": str,
    "Alias": str,
    "DisplayName": str,
    "Guid": str,
    "PrimarySmtpAddress": str,
    "EmailAddresses": list[str],
    "ExternalEmailAddress": Text,
    "RecipientType": str,
    "RecipientTypeDetails": str,
    "LegacyExchangeDN": str,
}
CONDITIONS = {
    **dict.fromkeys(
        "From FromAddressContainsWords SentTo SubjectContainsWords SubjectOrBodyContainsWords "
        "BodyContainsWords HeaderContainsWords RecipientAddressContainsWords".split(),
        Texts,
    ),
    **dict.fromkeys("HasAttachment MyNameInToBox MyNameInCcBox SentOnlyToMe".split(), Flag),
    **dict.fromkeys("WithImportance WithSensitivity MessageTypeMatches".split(), Text),
}
PROPERTIES: Mapping[str, Mapping[str, object]] = {
    "Get-InboxRule": {
        **dict.fromkeys("Name Identity RuleIdentity MailboxOwnerId Description".split(), str),
        **dict.fromkeys("Enabled InError SupportedByTask LegacyRule".split(), Flag),
        **dict.fromkeys("ForwardTo ForwardAsAttachmentTo RedirectTo ApplyCategory".split(), Texts),
        **dict.fromkeys("MoveToFolder CopyToFolder MarkImportance".split(), Text),
        **dict.fromkeys(
            "DeleteMessage SoftDeleteMessage MarkAsRead StopProcessingRules".split(), Flag
        ),
        "Priority": Number,
        "ErrorType": str,
        **CONDITIONS,
        **{f"ExceptIf{name}": kind for name, kind in CONDITIONS.items()},
    },
    "Get-Mailbox": {
        **dict.fromkeys("Identity Alias DisplayName UserPrincipalName Guid".split(), str),
        **dict.fromkeys("PrimarySmtpAddress RecipientTypeDetails DistinguishedName".split(), str),
        **dict.fromkeys("ForwardingAddress ForwardingSmtpAddress WhenChanged".split(), Text),
        **dict.fromkeys("DeliverToMailboxAndForward AuditEnabled IsDirSynced".split(), Flag),
        "GrantSendOnBehalfTo": list[str],
        "EmailAddresses": list[str],
        "ExternalDirectoryObjectId": str,
    },
    "Get-TransportRule": {
        **dict.fromkeys("Name Guid State Mode CreatedBy LastModifiedBy Description".split(), str),
        **dict.fromkeys("RedirectMessageTo BlindCopyTo CopyTo AddToRecipients From".split(), Texts),
        **dict.fromkeys("SentTo SubjectContainsWords ModerateMessageByUser".split(), Texts),
        **dict.fromkeys("AddManagerAsRecipientType RouteMessageOutboundConnector".split(), Text),
        "Priority": Number,
        "WhenChanged": Text,
    },
    "Get-SweepRule": {
        **dict.fromkeys("Name RuleId Identity Sender DestinationFolder Provider".split(), str),
        **dict.fromkeys("Enabled ExceptIfFlagged ExceptIfPinned".split(), Flag),
        **dict.fromkeys("KeepForDays KeepLatest".split(), Number | None),
        "SystemCategory": Text,
    },
    "Get-JournalRule": {
        **dict.fromkeys("Name Identity JournalEmailAddress Scope".split(), str),
        "Recipient": Text,
        "Enabled": Flag,
    },
    "Get-OutboundConnector": {
        **dict.fromkeys("Name Identity Guid ConnectorType ConnectorSource Comment".split(), str),
        **dict.fromkeys("RecipientDomains SmartHosts".split(), list[str]),
        **dict.fromkeys("Enabled UseMXRecord IsTransportRuleScoped TestMode".split(), Flag),
        **dict.fromkeys("AllAcceptedDomains RouteAllMessagesViaOnPremises".split(), Flag),
        "TlsSettings": Text,
        "WhenChanged": Text,
    },
    "Get-MailboxPermission": {
        "User": str,
        "AccessRights": list[str],
        "IsInherited": Flag,
        "Deny": Flag,
    },
    "Get-MailboxFolderStatistics": {
        "Name": str,
        "FolderPath": str,
        "FolderId": str,
        "FolderType": str,
        "ItemsInFolder": int,
    },
    "Get-MailboxFolderPermission": {
        "FolderName": str,
        "User": str,
        "AccessRights": list[str],
        "SharingPermissionFlags": Text,
    },
    "Get-RecipientPermission": {"Trustee": str, "AccessRights": list[str]},
    "Get-AcceptedDomain": {"DomainName": str, "DomainType": str, "Default": Flag},
    "Get-OrganizationConfig": {"Name": str, "DisplayName": str, "AuditDisabled": Flag},
    "Get-RemoteDomain": {"DomainName": str, "AutoForwardEnabled": Flag},
    "Get-HostedOutboundSpamFilterPolicy": {"Name": str, "AutoForwardingMode": str},
    **dict.fromkeys(
        "Get-Recipient Get-MailContact Get-MailUser Get-DistributionGroupMember "
        "Get-UnifiedGroupLinks".split(),
        RECIPIENT,
    ),
}


async def called(
    client: httpx.AsyncClient, cmdlet: str, parameters: Mapping[str, JsonValue]
) -> httpx.Response:
    body = {"CmdletInput": {"CmdletName": cmdlet, "Parameters": dict(parameters)}}
    return await client.post(PATH, json=body)


def reason(answer: httpx.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    kind = error["innererror"]["internalexception"]["type"].rpartition(".")[2]
    assert error["details"][0]["message"].split("|")[1].endswith(kind)
    return answer.status_code, kind


def test_every_cmdlet_has_a_call_and_every_reading_one_its_properties() -> None:
    assert set(CALLS) == set(CMDLETS)
    assert set(PROPERTIES) == {name for name in CMDLETS if name.startswith("Get-")}


@pytest.mark.parametrize("cmdlet", PROPERTIES)
async def test_what_a_cmdlet_returns_has_the_documented_properties(cmdlet: str) -> None:
    kinds: dict[str, TypeAdapter[object]] = {
        name: TypeAdapter(cast("type[object]", kind), config=ConfigDict(strict=True))
        for name, kind in PROPERTIES[cmdlet].items()
    }
    async with opened(full_state()) as client:
        answer = await called(client, cmdlet, CALLS[cmdlet])
    rows = TypeAdapter(list[JsonObject]).validate_python(answer.json()["value"])
    assert rows
    for row in rows:
        for name, kind in kinds.items():
            kind.validate_python(row[name])


@pytest.mark.parametrize("cmdlet", CALLS)
async def test_every_cmdlet_runs(cmdlet: str) -> None:
    async with opened(full_state()) as client:
        answer = await called(client, cmdlet, CALLS[cmdlet])
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) <= {"@odata.context", "@adminapi.warnings", "value"}


@pytest.mark.parametrize("cmdlet", CALLS)
async def test_a_misspelt_parameter_is_refused_and_named(cmdlet: str) -> None:
    state = full_state()
    async with opened(state) as client:
        answer = await called(client, cmdlet, {**CALLS[cmdlet], "Identty": "x"})
    assert reason(answer) == (400, "ParameterBindingException")
    assert "'Identty'" in answer.text
    assert state.changes == []


@pytest.mark.parametrize(
    ("cmdlet", "parameters"),
    [
        ("New-InboxRule", {"MarkImportance": "Urgent"}),
        ("New-InboxRule", {"WithImportance": "Urgent"}),
        ("New-InboxRule", {"WithSensitivity": "Secret"}),
        ("New-InboxRule", {"MessageTypeMatches": "Letter"}),
        ("New-InboxRule", {"Priority": "first"}),
        ("New-InboxRule", {"MarkAsRead": "maybe"}),
        ("Set-InboxRule", {"ExceptIfWithImportance": "Urgent"}),
        ("New-TransportRule", {"Mode": "Pretend"}),
        ("New-TransportRule", {"Priority": "first"}),
        ("Get-TransportRule", {"State": "On"}),
        ("New-SweepRule", {"KeepLatest": "few"}),
        ("Set-SweepRule", {"KeepForDays": "some"}),
        ("Set-SweepRule", {"Enabled": "maybe"}),
        ("Set-JournalRule", {"Scope": "Everything"}),
        ("New-OutboundConnector", {"ConnectorType": "Friend"}),
        ("Set-OutboundConnector", {"IsTransportRuleScoped": "maybe"}),
        ("Get-Mailbox", {"RecipientTypeDetails": "SharedMailbx"}),
        ("Add-MailboxPermission", {"AccessRights": ["FullAcces"]}),
        ("Remove-MailboxPermission", {"AccessRights": ["FullAcces"]}),
        ("Add-RecipientPermission", {"AccessRights": ["FullAccess"]}),
        ("Get-UnifiedGroupLinks", {"LinkType": "Membrs"}),
        ("Get-Mailbox", {"ResultSize": "some"}),
        ("Set-Mailbox", {"DeliverToMailboxAndForward": "perhaps"}),
    ],
)
async def test_a_value_that_a_parameter_does_not_take_is_refused(
    cmdlet: str, parameters: JsonObject
) -> None:
    state: TenantState = full_state()
    before = state.model_dump_json()
    async with opened(state) as client:
        answer = await called(client, cmdlet, {**CALLS[cmdlet], **parameters})
    assert reason(answer) == (400, "ParameterBindingException")
    assert state.model_dump_json() == before
