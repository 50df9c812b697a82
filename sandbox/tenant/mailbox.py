"""A mailbox as the server keeps it: folders, rules, forwarding and who else may open it."""

import base64
from datetime import UTC, datetime
from typing import Literal

from pydantic import AwareDatetime, Field, field_validator, model_validator

from sandbox.tenant.part import Part, name_and_address, stable_id

# Names by language of the folders that every mailbox has: mailFolder resource type, well-known
# names. RSS Feeds has no well-known name.
_WELL_KNOWN = {
    "inbox": {
        "en": "Inbox",
        "de": "Posteingang",
        "fr": "Boîte de réception",
        "nl": "Postvak IN",
        "es": "Bandeja de entrada",
        "ja": "受信トレイ",
    },
    "drafts": {
        "en": "Drafts",
        "de": "Entwürfe",
        "fr": "Brouillons",
        "nl": "Concepten",
        "es": "Borradores",
        "ja": "下書き",
    },
    "sentitems": {
        "en": "Sent Items",
        "de": "Gesendete Elemente",
        "fr": "Éléments envoyés",
        "nl": "Verzonden items",
        "es": "Elementos enviados",
        "ja": "送信済みアイテム",
    },
    "deleteditems": {
        "en": "Deleted Items",
        "de": "Gelöschte Elemente",
        "fr": "Éléments supprimés",
        "nl": "Verwijderde items",
        "es": "Elementos eliminados",
        "ja": "削除済みアイテム",
    },
    "junkemail": {
        "en": "Junk Email",
        "de": "Junk-E-Mail",
        "fr": "Courrier indésirable",
        "nl": "Ongewenste e-mail",
        "es": "Correo no deseado",
        "ja": "迷惑メール",
    },
    "outbox": {
        "en": "Outbox",
        "de": "Postausgang",
        "fr": "Boîte d'envoi",
        "nl": "Postvak UIT",
        "es": "Bandeja de salida",
        "ja": "送信トレイ",
    },
    "archive": {
        "en": "Archive",
        "de": "Archiv",
        "fr": "Archive",
        "nl": "Archief",
        "es": "Archivo",
        "ja": "アーカイブ",
    },
    "conversationhistory": {
        "en": "Conversation History",
        "de": "Aufgezeichnete Unterhaltungen",
        "fr": "Historique des conversations",
        "nl": "Gespreksgeschiedenis",
        "es": "Historial de conversaciones",
        "ja": "会話の履歴",
    },
}
_RSS = {
    "en": "RSS Feeds",
    "de": "RSS-Feeds",
    "fr": "Flux RSS",
    "nl": "RSS-feeds",
    "es": "Fuentes RSS",
    "ja": "RSS フィード",
}
JUNK_RULE = "Junk E-Mail Rule"


class Folder(Part):
    """A mail folder; `parent` names another folder of the same mailbox."""

    display_name: str
    well_known: str | None = None
    parent: str | None = None
    hidden: bool = False
    total_items: int = 0
    unread_items: int = 0


class Recipient(Part):
    """A name and address in a rule. The address may be a legacy Exchange name (`/o=…`)."""

    name: str
    address: str

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: object) -> object:
        if isinstance(data, str):
            name, address = name_and_address(data)
            return {"name": name, "address": address}
        return data


class SizeRange(Part):
    """Message size in kilobytes."""

    minimum_size: int | None = None
    maximum_size: int | None = None


class RulePredicates(Part):
    """When a rule applies: messageRulePredicates resource type, in snake case."""

    body_contains: list[str] | None = None
    body_or_subject_contains: list[str] | None = None
    categories: list[str] | None = None
    from_addresses: list[Recipient] | None = None
    has_attachments: bool | None = None
    header_contains: list[str] | None = None
    importance: Literal["low", "normal", "high"] | None = None
    is_approval_request: bool | None = None
    is_automatic_forward: bool | None = None
    is_automatic_reply: bool | None = None
    is_encrypted: bool | None = None
    is_meeting_request: bool | None = None
    is_meeting_response: bool | None = None
    is_non_delivery_report: bool | None = None
    is_permission_controlled: bool | None = None
    is_read_receipt: bool | None = None
    is_signed: bool | None = None
    is_voicemail: bool | None = None
    message_action_flag: (
        Literal[
            "any",
            "call",
            "doNotForward",
            "followUp",
            "fyi",
            "forward",
            "noResponseNecessary",
            "read",
            "reply",
            "replyToAll",
            "review",
        ]
        | None
    ) = None
    not_sent_to_me: bool | None = None
    recipient_contains: list[str] | None = None
    sender_contains: list[str] | None = None
    sensitivity: Literal["normal", "personal", "private", "confidential"] | None = None
    sent_cc_me: bool | None = None
    sent_only_to_me: bool | None = None
    sent_to_addresses: list[Recipient] | None = None
    sent_to_me: bool | None = None
    sent_to_or_cc_me: bool | None = None
    subject_contains: list[str] | None = None
    within_size_range: SizeRange | None = None


class RuleActions(Part):
    """What a rule does: messageRuleActions resource type, in snake case.

    Folders are named by display name, well-known name or id.
    """

    assign_categories: list[str] | None = None
    copy_to_folder: str | None = None
    delete: bool | None = None
    forward_as_attachment_to: list[Recipient] | None = None
    forward_to: list[Recipient] | None = None
    mark_as_read: bool | None = None
    mark_importance: Literal["low", "normal", "high"] | None = None
    move_to_folder: str | None = None
    permanent_delete: bool | None = None
    redirect_to: list[Recipient] | None = None
    stop_processing_rules: bool | None = None


class InboxRule(Part):
    """One inbox rule. Graph and Exchange each show their own face of it."""

    name: str
    sequence: int = 1
    enabled: bool = True
    hidden: bool = False
    read_only: bool = Field(default=False, description="made by a client; Graph cannot change it")
    in_error: bool = False
    conditions: RulePredicates = Field(default_factory=RulePredicates)
    exceptions: RulePredicates = Field(default_factory=RulePredicates)
    actions: RuleActions = Field(default_factory=RuleActions)
    identity: int = Field(default=-1, ge=-1, lt=1 << 64, description="Exchange's RuleIdentity")

    def number(self, owner: str) -> None:
        """Give the rule its unsigned 64-bit identity, which follows from owner and name."""
        if self.identity < 0:
            self.identity = stable_id("rule", owner, self.name).int >> 64 | 1 << 63

    @property
    def graph_id(self) -> str:
        """Graph's name for the rule, which is not Exchange's."""
        return base64.urlsafe_b64encode(b"\1\0\0\0" + self.identity.to_bytes(8)[-4:]).decode()


class SweepRule(Part):
    """A rule that tidies one sender's mail away at intervals."""

    name: str
    sender: str
    enabled: bool = True
    destination_folder: str | None = Field(default=None, description="absent: Deleted Items")
    keep_for_days: int | None = Field(default=None, ge=0)
    keep_latest: int | None = Field(default=None, ge=0)
    id: str = ""

    def number(self, owner: str) -> None:
        """Give the rule its id, which follows from owner and name."""
        if not self.id:
            name = stable_id("sweep rule", owner, self.name)
            self.id = base64.b64encode(name.bytes).decode()


class MailboxPermission(Part):
    """Somebody else's access to the mailbox, or to send in its name (`SendAs`)."""

    user: str
    rights: list[str] = Field(default_factory=lambda: ["FullAccess"])
    inherited: bool = False
    deny: bool = False


class FolderPermission(Part):
    """Somebody else's access to one folder."""

    folder: str = Field(
        default="inbox", description="display name or well-known name; `root` is above all others"
    )
    user: str = Field(description="UPN, address or name; `Default` and `Anonymous` for everybody")
    rights: list[str] = Field(default_factory=lambda: ["Reviewer"])


class AutomaticReplies(Part):
    """What the mailbox answers by itself: automaticRepliesSetting resource type, in snake case."""

    status: Literal["disabled", "alwaysEnabled", "scheduled"] = "disabled"
    external_audience: Literal["none", "contactsOnly", "all"] = "none"
    internal_reply_message: str = ""
    external_reply_message: str = ""
    scheduled_start: AwareDatetime = datetime(2026, 4, 14, 7, 0, tzinfo=UTC)
    scheduled_end: AwareDatetime = datetime(2026, 4, 15, 7, 0, tzinfo=UTC)


class Mailbox(Part):
    """What Exchange keeps for one account."""

    kind: Literal["UserMailbox", "SharedMailbox", "RoomMailbox", "EquipmentMailbox"] = "UserMailbox"
    on_rest: bool = Field(default=True, description="false: on premises, or without a licence")
    language: str = "en-US"
    time_zone: str = "W. Europe Standard Time"
    automatic_replies: AutomaticReplies = Field(default_factory=AutomaticReplies)
    folders: list[Folder] = Field(default_factory=list[Folder])
    rules: list[InboxRule] = Field(default_factory=list[InboxRule])
    sweep_rules: list[SweepRule] = Field(default_factory=list[SweepRule])
    rules_page_size: int | None = Field(default=None, ge=1)
    forwarding_address: str | None = Field(default=None, description="a recipient in the tenant")
    forwarding_smtp_address: str | None = None
    deliver_to_mailbox_and_forward: bool = False
    permissions: list[MailboxPermission] = Field(default_factory=list[MailboxPermission])
    send_as: list[MailboxPermission] = Field(default_factory=list[MailboxPermission])
    send_on_behalf: list[str] = Field(default_factory=list)
    folder_permissions: list[FolderPermission] = Field(default_factory=list[FolderPermission])
    audit_enabled: bool = True
    when_changed: AwareDatetime | None = None

    @field_validator("forwarding_smtp_address")
    @classmethod
    def _without_prefix(cls, value: str | None) -> str | None:
        return value[5:] if value and value[:5].lower() == "smtp:" else value

    @model_validator(mode="after")
    def _furnish(self) -> "Mailbox":
        """Every mailbox has the standard folders, in its language, and the hidden junk rule."""
        language = self.language[:2].lower()
        present = {folder.well_known for folder in self.folders}
        for well_known, names in _WELL_KNOWN.items():
            if well_known not in present:
                name = names.get(language, names["en"])
                self.folders.append(Folder(display_name=name, well_known=well_known))
        if not any("rss" in folder.display_name.lower() for folder in self.folders):
            self.folders.append(Folder(display_name=_RSS.get(language, _RSS["en"])))
        if not any(rule.name == JUNK_RULE for rule in self.rules):
            self.rules.append(InboxRule(name=JUNK_RULE, hidden=True, sequence=0))
        return self

    def folder(self, named: str) -> Folder | None:
        """The folder with this display name or well-known name."""
        wanted = named.casefold()
        for folder in self.folders:
            if wanted in {folder.display_name.casefold(), folder.well_known}:
                return folder
        return None
