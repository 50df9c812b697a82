"""Cmdlets for the whole organisation: transport rules, domains and the outbound policy."""

from collections.abc import Sequence

from pydantic import JsonValue, ValidationError

from sandbox.tenant.exchange.cmdlet import Call, cmdlet, not_found
from sandbox.tenant.part import JsonObject
from sandbox.tenant.problem import Problem
from sandbox.tenant.times import iso
from sandbox.tenant.transport import LISTS, SCALARS, TransportRule


def _get_rules(call: Call) -> Sequence[JsonObject]:
    """Get-TransportRule: one, or all by priority."""
    identity = call.text("Identity")
    state = next(iter(call.chosen("State", ("Enabled", "Disabled"))), None)
    rules = [_find(call, identity)] if identity else call.state.transport_rules
    rows = [_shown(rule) for rule in sorted(rules, key=lambda rule: rule.priority)]
    return [row for row in rows if state is None or row["State"] == state]


def _switch(call: Call) -> Sequence[JsonObject]:
    """Disable-TransportRule and Enable-TransportRule."""
    rule = _find(call, call.required("Identity"))
    rule.enabled = call.cmdlet == "Enable-TransportRule"
    _touch(call, rule)
    return []


def _new(call: Call) -> Sequence[JsonObject]:
    """New-TransportRule: enabled unless `Enabled` says otherwise."""
    rule = TransportRule(
        name=call.required("Name"),
        enabled=call.flag("Enabled") is not False,
        priority=call.number("Priority", len(call.state.transport_rules)),
        created_by=call.actor,
    )
    _take(call, rule)
    call.state.transport_rules.append(rule)
    return [_shown(rule)]


def _set(call: Call) -> Sequence[JsonObject]:
    """Set-TransportRule."""
    _take(call, _find(call, call.required("Identity")))
    return []


def _remove(call: Call) -> Sequence[JsonObject]:
    """Remove-TransportRule."""
    rule = _find(call, call.required("Identity"))
    call.state.transport_rules.remove(rule)
    call.changed(rule.name)
    return []


def _take(call: Call, rule: TransportRule) -> None:
    """Let the call's parameters be the rule's; null or empty ones are cleared."""
    held: dict[str, JsonValue] = dict(rule.parameters)
    for name in (*LISTS, *SCALARS):
        if name in call.parameters:
            held[name] = [*call.words(name)] if name in LISTS else _scalar(call.parameters[name])
    rule.parameters = {name: value for name, value in held.items() if value not in (None, "", [])}
    mode = call.text("Mode") or rule.mode
    try:
        rule.mode = TransportRule.model_validate({"name": rule.name, "mode": mode}).mode
    except ValidationError as problem:
        raise Problem(
            400, "ParameterBindingException", f'Cannot convert value "{mode}" to RuleMode.'
        ) from problem
    rule.name = call.text("Name") or rule.name
    _touch(call, rule)


def _scalar(value: JsonValue) -> JsonValue:
    """The audit log writes Booleans as words."""
    return value == "True" if value in ("True", "False") else value


def _touch(call: Call, rule: TransportRule) -> None:
    rule.when_changed = call.now
    rule.last_modified_by = call.actor
    call.changed(rule.name)


def _find(call: Call, identity: str) -> TransportRule:
    for rule in call.state.transport_rules:
        if identity.casefold() in {rule.name.casefold(), rule.guid.casefold()}:
            return rule
    raise not_found(identity)


def _shown(rule: TransportRule) -> JsonObject:
    changed = iso(rule.when_changed) if rule.when_changed else None
    return {
        "Identity": rule.name,
        "Name": rule.name,
        "Guid": rule.guid,
        "ImmutableId": rule.guid,
        "State": "Enabled" if rule.enabled else "Disabled",
        "Mode": rule.mode,
        "Priority": rule.priority,
        "CreatedBy": rule.created_by,
        "LastModifiedBy": rule.last_modified_by or rule.created_by,
        "WhenChanged": changed,
        "Description": "",
        **{name: rule.parameters.get(name) for name in (*LISTS, *SCALARS)},
    }


def _get_domains(call: Call) -> Sequence[JsonObject]:
    """Get-AcceptedDomain."""
    return [
        {
            "Identity": name,
            "Name": name,
            "DomainName": name,
            "DomainType": "Authoritative",
            "Default": name == call.state.domains[0],
            "InitialDomain": name.endswith(".onmicrosoft.com"),
            "MatchSubDomains": False,
        }
        for name in call.state.domains
    ]


def _get_organization(call: Call) -> Sequence[JsonObject]:
    """Get-OrganizationConfig."""
    initial = next((d for d in call.state.domains if d.endswith(".onmicrosoft.com")), "")
    return [
        {
            "Identity": initial or call.state.domains[0],
            "Name": initial or call.state.domains[0],
            "DisplayName": call.state.name,
            "Guid": call.state.id,
            "AuditDisabled": False,
            "IsDehydrated": False,
            "OAuth2ClientProfileEnabled": True,
            "RejectDirectSend": False,
        }
    ]


def _get_remote_domains(call: Call) -> Sequence[JsonObject]:
    """Get-RemoteDomain."""
    identity = call.text("Identity")
    rows: list[JsonObject] = [
        {
            "Identity": one.name,
            "Name": one.name,
            "DomainName": one.domain,
            "AutoForwardEnabled": one.auto_forward_enabled,
            "AutoReplyEnabled": True,
        }
        for one in call.state.remote_domains
        if identity in {None, one.name, one.domain}
    ]
    if identity and not rows:
        raise not_found(identity)
    return rows


def _get_policies(call: Call) -> Sequence[JsonObject]:
    """Get-HostedOutboundSpamFilterPolicy."""
    identity = call.text("Identity")
    rows: list[JsonObject] = [
        {
            "Identity": one.name,
            "Name": one.name,
            "IsDefault": one.is_default,
            "Enabled": True,
            "AutoForwardingMode": one.auto_forwarding_mode,
            "ActionWhenThresholdReached": "BlockUserForToday",
        }
        for one in call.state.outbound_policies
        if identity in {None, one.name}
    ]
    if identity and not rows:
        raise not_found(identity)
    return rows


_FIELDS = " ".join((*LISTS, *SCALARS))
CMDLETS = (
    cmdlet(
        "Get-TransportRule",
        "Identity State Filter DlpPolicy ExcludeConditionActionDetails",
        _get_rules,
    ),
    cmdlet("Disable-TransportRule", "Identity", _switch),
    cmdlet("Enable-TransportRule", "Identity Mode", _switch),
    cmdlet("New-TransportRule", f"Name Enabled Priority Mode {_FIELDS}", _new),
    cmdlet("Set-TransportRule", f"Identity Name Priority Mode {_FIELDS}", _set),
    cmdlet("Remove-TransportRule", "Identity", _remove),
    cmdlet("Get-AcceptedDomain", "Identity", _get_domains),
    cmdlet("Get-OrganizationConfig", "", _get_organization),
    cmdlet("Get-RemoteDomain", "Identity", _get_remote_domains),
    cmdlet("Get-HostedOutboundSpamFilterPolicy", "Identity", _get_policies),
)
