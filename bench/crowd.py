"""Mailboxes with many rules, for benches."""

from collections.abc import Sequence

from sandbox.tenant.mailbox import Folder, InboxRule, Mailbox, Recipient, RuleActions
from sandbox.tenant.people import Contact, User
from sandbox.tenant.state import TenantState

_COLLEAGUES_IN_FIVE = 4


def crowded_user(name: str, rules: int, folders: int) -> User:
    """Somebody whose rules sort mail into folders; one in three also sends it outside."""
    outside = [
        f"archive{number}@mail.example" if number % 3 == 0 else "" for number in range(rules)
    ]
    mailbox = Mailbox()
    crowd(mailbox, outside, folders)
    return User(user_principal_name=f"{name}@contoso.com", display_name=name, mailbox=mailbox)


def crowd_with_recipients(state: TenantState, user: User, rules: int, folders: int) -> None:
    """Gives a user rules that each hand mail on, four in five to a colleague, else to a contact.

    Where that leads has to be looked up for each of them.
    """
    recipients: list[str] = []
    for number in range(rules):
        if number % 5 < _COLLEAGUES_IN_FIVE:
            colleague = User(
                user_principal_name=f"colleague{number}@contoso.com",
                display_name=f"Colleague {number}",
            )
            state.users.append(colleague)
            recipients.append(colleague.user_principal_name)
        else:
            address = f"partner{number}@contoso.com"
            contact = Contact(
                name=f"Partner {number}",
                external_address=f"partner{number}@fabrikam.example",
                mail=address,
            )
            state.contacts.append(contact)
            recipients.append(address)
    if user.mailbox is not None:
        crowd(user.mailbox, recipients, folders)
        for rule in user.mailbox.rules:
            rule.number(user.id)


def crowd(mailbox: Mailbox, recipients: Sequence[str], folders: int) -> None:
    """Adds a rule for each recipient, that moves and forwards; an empty one only moves."""
    names = [f"Project {number}" for number in range(folders)]
    mailbox.folders.extend(Folder(display_name=name) for name in names)
    for number, recipient in enumerate(recipients):
        forward = [Recipient(name=recipient, address=recipient)] if recipient else None
        rule = InboxRule(
            name=f"Rule {number}",
            sequence=number + 10,
            actions=RuleActions(move_to_folder=names[number % folders], forward_to=forward),
        )
        mailbox.rules.append(rule)
