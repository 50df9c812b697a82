"""Journal rules and outbound connectors, by which mail leaves without a transport rule."""

from collections.abc import Sequence
from typing import Literal

from sandbox.tenant.exchange.cmdlet import Call, cmdlet, not_found
from sandbox.tenant.part import JsonObject
from sandbox.tenant.times import iso
from sandbox.tenant.transport import JournalRule, OutboundConnector

_SCOPES: tuple[Literal["Global", "Internal", "External"], ...] = ("Global", "Internal", "External")
_TYPES: tuple[Literal["Partner", "OnPremises"], ...] = ("Partner", "OnPremises")


def _get_journal_rules(call: Call) -> Sequence[JsonObject]:
    """Get-JournalRule: one, or all."""
    identity = call.text("Identity")
    rules = [_journal_rule(call)] if identity else call.state.journal_rules
    return [_shown_rule(rule) for rule in rules]


def _new_journal_rule(call: Call) -> Sequence[JsonObject]:
    """New-JournalRule: off unless `Enabled` is true."""
    rule = JournalRule(
        name=call.required("Name"),
        journal_email_address=call.required("JournalEmailAddress"),
        enabled=call.flag("Enabled") is True,
    )
    _take_journal(call, rule)
    call.state.journal_rules.append(rule)
    return [_shown_rule(rule)]


def _set_journal_rule(call: Call) -> Sequence[JsonObject]:
    """Set-JournalRule."""
    _take_journal(call, _journal_rule(call))
    return []


def _switch_journal_rule(call: Call) -> Sequence[JsonObject]:
    """Disable-JournalRule and Enable-JournalRule."""
    rule = _journal_rule(call)
    rule.enabled = call.cmdlet == "Enable-JournalRule"
    rule.when_changed = call.now
    call.changed(rule.name)
    return []


def _remove_journal_rule(call: Call) -> Sequence[JsonObject]:
    """Remove-JournalRule."""
    rule = _journal_rule(call)
    call.state.journal_rules.remove(rule)
    call.changed(rule.name)
    return []


def _take_journal(call: Call, rule: JournalRule) -> None:
    for scope in _SCOPES:
        if scope in call.chosen("Scope", _SCOPES):
            rule.scope = scope
    rule.name = call.text("Name") or rule.name
    rule.journal_email_address = call.text("JournalEmailAddress") or rule.journal_email_address
    if "Recipient" in call.parameters:
        rule.recipient = call.text("Recipient")
    rule.when_changed = call.now
    call.changed(rule.name)


def _journal_rule(call: Call) -> JournalRule:
    identity = call.required("Identity")
    for rule in call.state.journal_rules:
        if identity.casefold() in {rule.name.casefold(), rule.guid.casefold()}:
            return rule
    raise not_found(identity)


def _shown_rule(rule: JournalRule) -> JsonObject:
    return {
        "Identity": rule.name,
        "Name": rule.name,
        "Guid": rule.guid,
        "Enabled": rule.enabled,
        "Recipient": rule.recipient,
        "JournalEmailAddress": rule.journal_email_address,
        "Scope": rule.scope,
        "WhenChanged": rule.when_changed and iso(rule.when_changed),
    }


def _get_connectors(call: Call) -> Sequence[JsonObject]:
    """Get-OutboundConnector: one, or all, or those that transport rules alone use."""
    found = [_connector(call)] if call.text("Identity") else call.state.outbound_connectors
    scoped = call.flag("IsTransportRuleScoped")
    return [_shown(one) for one in found if scoped in (None, one.transport_rules_only)]


def _new_connector(call: Call) -> Sequence[JsonObject]:
    """New-OutboundConnector: on unless `Enabled` is false."""
    connector = OutboundConnector(name=call.required("Name"))
    _take_connector(call, connector)
    call.state.outbound_connectors.append(connector)
    return [_shown(connector)]


def _set_connector(call: Call) -> Sequence[JsonObject]:
    """Set-OutboundConnector."""
    _take_connector(call, _connector(call))
    return []


def _remove_connector(call: Call) -> Sequence[JsonObject]:
    """Remove-OutboundConnector."""
    connector = _connector(call)
    call.state.outbound_connectors.remove(connector)
    call.changed(connector.name)
    return []


def _take_connector(call: Call, connector: OutboundConnector) -> None:
    enabled, scoped = call.flag("Enabled"), call.flag("IsTransportRuleScoped")
    own = call.flag("AllAcceptedDomains")
    for kind in _TYPES:
        if kind in call.chosen("ConnectorType", _TYPES):
            connector.type = kind
    connector.name = call.text("Name") or connector.name
    connector.comment = call.text("Comment") or connector.comment
    if "SmartHosts" in call.parameters:
        connector.smart_hosts = call.words("SmartHosts")
    if "RecipientDomains" in call.parameters:
        connector.recipient_domains = call.words("RecipientDomains")
    connector.enabled = connector.enabled if enabled is None else enabled
    connector.transport_rules_only = connector.transport_rules_only if scoped is None else scoped
    connector.all_accepted_domains = connector.all_accepted_domains if own is None else own
    connector.when_changed = call.now
    call.changed(connector.name)


def _connector(call: Call) -> OutboundConnector:
    identity = call.required("Identity")
    for connector in call.state.outbound_connectors:
        if identity.casefold() in {connector.name.casefold(), connector.guid.casefold()}:
            return connector
    raise not_found(identity)


def _shown(connector: OutboundConnector) -> JsonObject:
    return {
        "Identity": connector.name,
        "Name": connector.name,
        "Guid": connector.guid,
        "Enabled": connector.enabled,
        "Comment": connector.comment,
        "ConnectorType": connector.type,
        "ConnectorSource": connector.source,
        "RecipientDomains": [*connector.recipient_domains],
        "SmartHosts": [*connector.smart_hosts],
        "UseMXRecord": not connector.smart_hosts,
        "IsTransportRuleScoped": connector.transport_rules_only,
        "AllAcceptedDomains": connector.all_accepted_domains,
        "RouteAllMessagesViaOnPremises": False,
        "CloudServicesMailEnabled": connector.source == "HybridWizard",
        "TlsSettings": None,
        "TestMode": False,
        "WhenChanged": connector.when_changed and iso(connector.when_changed),
        "WhenChangedUTC": connector.when_changed and iso(connector.when_changed),
    }


_RULE = "Name JournalEmailAddress Recipient Scope"
_CONNECTOR = (
    "Name Comment ConnectorType ConnectorSource RecipientDomains SmartHosts UseMXRecord Enabled "
    "IsTransportRuleScoped AllAcceptedDomains RouteAllMessagesViaOnPremises "
    "CloudServicesMailEnabled TlsSettings TlsDomain TestMode SenderRewritingEnabled"
)
CMDLETS = (
    cmdlet("Get-JournalRule", "Identity", _get_journal_rules),
    cmdlet("New-JournalRule", f"{_RULE} Enabled", _new_journal_rule),
    cmdlet("Set-JournalRule", f"Identity {_RULE}", _set_journal_rule),
    cmdlet("Enable-JournalRule", "Identity", _switch_journal_rule),
    cmdlet("Disable-JournalRule", "Identity", _switch_journal_rule),
    cmdlet("Remove-JournalRule", "Identity", _remove_journal_rule),
    cmdlet(
        "Get-OutboundConnector",
        "Identity IncludeTestModeConnectors IsTransportRuleScoped",
        _get_connectors,
    ),
    cmdlet("New-OutboundConnector", _CONNECTOR, _new_connector),
    cmdlet("Set-OutboundConnector", f"Identity {_CONNECTOR}", _set_connector),
    cmdlet("Remove-OutboundConnector", "Identity", _remove_connector),
)
