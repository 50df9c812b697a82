"""What Microsoft's playbooks want looked at, each thing once, under an id of our own.

Sources, in the order of the parts: "Alert classification for suspicious email forwarding
activity", "… for suspicious inbox forwarding rules" and "… for suspicious inbox manipulation
rules" (Microsoft Defender XDR documentation); "Respond to a compromised cloud email account" and
"Detect and remediate Outlook rules and custom forms injections attacks" (Microsoft Defender for
Office 365 documentation).
"""

from collections.abc import Mapping
from types import MappingProxyType

FORWARDING: Mapping[str, str] = MappingProxyType(
    {
        "rule_hides": "A rule hides or deletes mail, or moves it to RSS or another obscure folder",
        "rule_marks_read": "A rule marks mail as read",
        "rule_keywords": "A rule looks for words such as invoice, phish, do not reply, spam",
        "rule_external": "A rule forwards or redirects to an external address",
        "rule_hidden": "A rule is hidden",
        "legitimate": "Vacation, an internal address, or a second mailbox of the user's own",
        "past_behaviour": "The sender's past behaviour and recent activity",
        "other_alerts": "Other alerts about the user",
        "sent_threats": "How many mails recently sent were phish, spam or malware",
        "sent_sensitive": "How many of them held sensitive information",
        "risky_sign_in": "Risky sign-ins, unknown addresses and locations in Entra ID",
        "device": "Malicious activity on the user's device",
        "mail_kind": "The type of mail that is forwarded",
        "receiver": "Who receives it: known, partner, free mail, newly seen, used by others",
        "manner": "How it is forwarded: kind of rule, filters, deletion afterwards",
        "recipients_others": "Suspicious recipients: who else forwarded to them",
        "recipients_count": "Suspicious recipients: how many mails",
        "recipients_frequency": "Suspicious recipients: how frequently",
        "message": "Message: subject, return path, timestamp",
        "message_origin": "Message: origin and similar mails",
        "message_urls": "Message: URLs, sensitive or malicious",
        "message_attachments": "Message: attachments, sensitive or malicious",
        "message_action": "Message: deleted, read or moved",
        "message_threats": "Message: threats and campaign",
        "forwarding_type": "Forwarding type: transport rule, SMTP or inbox rule",
        "forwarder": "Forwarder: the account that forwarded automatically",
        "rule_events": "Rule and forwarding changes by the forwarder",
        "logons": "Logons from unknown addresses, new applications, uncommon countries; failures",
        "transport_rules": "Every transport rule is expected",
        "mailbox_forwarding": "Forwarding that is set on the mailbox",
        "inbox_rules": "The inbox rules of the mailbox",
        "still_created": "New forwarding rules are still being created, by this or other users",
        "rule_address": "The address from which the rule was created is anomalous",
        "configuring_account": "Other activity of the account that configured SMTP or ETR",
        "impacted": "Other activity of impacted accounts, addresses and suspicious senders",
        "report_auto_forwarded": "Auto-forwarded messages report",
        "report_new_users": "New users forwarding email insight",
        "mail_gone": "Mail that already went to a malicious recipient",
    }
)
INBOX_FORWARDING: Mapping[str, str] = MappingProxyType(
    {
        "own_mailbox": "The recipient is no other mailbox of the user, and not internal",
        "filter_words": "Filters hold words of finance, credentials or networking",
        "no_filter": "A rule without filter forwards everything",
        "creation_address": "Other activity from the address; its provider and place are usual",
        "sign_ins_before": "Sign-ins before the rule: location, provider, user agent",
        "user_alerts": "Other alerts of the user, and true positive incidents",
        "same_destination": "Other users who forward to the same destination",
    }
)
INBOX_MANIPULATION: Mapping[str, str] = MappingProxyType(
    {
        "keyword_rule": "A keyword rule, or one without filter",
        "obscure_folder": "Moved and marked as read to a folder unrelated to the keywords",
        "deletes_all": "A rule without filter that deletes everything",
        "preceded": "Impossible travel, an infrequent country or many failed logons before it",
        "unusual_client": "Unusual address, provider or user agent",
    }
)
COMPROMISED: Mapping[str, str] = MappingProxyType(
    {
        "mail_missing": "Symptom: mail is missing or deleted",
        "not_in_sent": "Symptom: others get mail that is not among the sent items",
        "strange_rules": "Symptom: inbox rules that the user did not create",
        "profile_changed": "Symptom: display name, profile or signature changed",
        "blocked": "Symptom: the mailbox is blocked from sending",
        "phishy_items": "Symptom: phish among sent or deleted items",
        "password_changes": "Symptom: frequent password changes or lockouts",
        "external_forwarding": "Symptom: new external forwarding",
        "methods": "Review registered authentication methods and devices",
        "consents": "Review applications with the user's consent",
        "roles": "Review administrative roles",
        "mailbox_settings": "Review Forwarding*Address, DeliverToMailboxAndForward, inbox rules",
        "sign_in_logs": "Investigate: sign-in logs",
        "audit_logs": "Investigate: audit logs of Entra ID and Purview",
        "message_trace": "Investigate: message trace",
        "sent_items": "Investigate: sent items",
        "delegates": "Who else may open the mailbox or send in its name",
        "forms": "Rules that start an application, and custom forms",
    }
)

ITEMS: Mapping[str, str] = MappingProxyType(
    {
        **{f"forwarding.{name}": text for name, text in FORWARDING.items()},
        **{f"inbox_forwarding.{name}": text for name, text in INBOX_FORWARDING.items()},
        **{f"inbox_manipulation.{name}": text for name, text in INBOX_MANIPULATION.items()},
        **{f"compromised.{name}": text for name, text in COMPROMISED.items()},
    }
)
"""Every item by its full id, e.g. `forwarding.past_behaviour`."""
