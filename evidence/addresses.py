"""Mail addresses as Exchange, Graph and the audit log write them."""

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple

FREE_MAIL_DOMAINS = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com "
    "yahoo.co.uk yahoo.de yahoo.fr aol.com icloud.com me.com mac.com proton.me protonmail.com "
    "protonmail.ch pm.me tutanota.com tuta.io gmx.com gmx.de gmx.net web.de mail.com mail.ru "
    "inbox.ru bk.ru list.ru yandex.com yandex.ru zoho.com zohomail.com fastmail.com hushmail.com "
    "qq.com 163.com 126.com sina.com naver.com daum.net hotmail.co.uk hotmail.fr live.co.uk "
    "orange.fr wanadoo.fr free.fr laposte.net t-online.de freenet.de libero.it virgilio.it "
    "seznam.cz wp.pl o2.pl onet.pl rediffmail.com mailfence.com cock.li dnmx.org onionmail.org "
    "startmail.com disroot.org riseup.net guerrillamail.com mailinator.com yopmail.com".split()
)
"""Domains at which anybody can open a mailbox; a domain here can never be approved as a whole."""

# The local part is what mail servers accept rather than RFC 5321's quoted forms. The lengths are
# bounded, and a match begins where a word does, so that no text takes more than linear time.
_SMTP = re.compile(
    r"(?<![^\s<>\[\]\"'(),;:])"
    r"[^\s<>\[\]\"'(),;:][^\s<>\[\]\"(),;:]{0,127}@"
    r"[^\s<>\[\]\"'(),;:@]{1,250}\.[^\s<>\[\]\"'(),;:@.]{1,63}"
)
_OBJECT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_EXCHANGE_FORM = re.compile(r"\[(?P<type>[A-Za-z0-9]+):(?P<value>[^\[\]]+)\]$")


class Recipient(NamedTuple):
    """A recipient as written: its name, and an SMTP address or an Exchange directory name."""

    name: str
    address: str | None
    directory_name: str | None


def is_object_id(value: str) -> bool:
    """Whether a text is written as the object ids of Entra ID are: a GUID without braces."""
    return _OBJECT_ID.fullmatch(value) is not None


def smtp_address(value: str) -> str | None:
    """The SMTP address in a text such as `smtp:a@b.example` or `A <a@b.example>`, lower-cased."""
    found = _SMTP.search(value)
    return found.group().rstrip(".").lower() if found else None


def recipient(value: str) -> Recipient:
    """Reads `"Name" [SMTP:a@b]`, `"Name" [EX:/o=…]`, `smtp:a@b`, a bare address or a bare name.

    The bracketed forms are what `Get-InboxRule` shows; an EX form carries no SMTP address.
    """
    written = value.strip()
    form = _EXCHANGE_FORM.search(written)
    if form is None:
        address = smtp_address(written)
        return Recipient(written, address, None if address else written)
    name = written[: form.start()].strip().strip('"').strip()
    if form["type"].upper() == "SMTP":
        return Recipient(name, smtp_address(form["value"]) or form["value"].lower(), None)
    return Recipient(name, None, form["value"].strip())


def domain(address: str) -> str:
    """The domain of an address, lower-cased."""
    return address.rpartition("@")[2].lower()


def is_internal(address: str, accepted_domains: Iterable[str]) -> bool:
    """Whether an address lies in one of the organisation's accepted domains.

    A subdomain is not accepted by its parent: Exchange lists each accepted domain by itself.
    """
    return domain(address) in {name.lower() for name in accepted_domains}


def is_subdomain(address: str, accepted_domains: Iterable[str]) -> bool:
    """Whether an address lies below an accepted domain without lying in one.

    Nobody but the holder of a domain can make names below it.
    """
    own = domain(address)
    names = {name.lower() for name in accepted_domains if "." in name}
    return own not in names and own.endswith(tuple(f".{name}" for name in names))


def is_free_mail(address: str) -> bool:
    """Whether anybody could have opened this mailbox."""
    return domain(address) in FREE_MAIL_DOMAINS


def network_address(value: str | None) -> str | None:
    """An IP address without the port and brackets that Exchange adds: `ip:port`, `[v6]:port`.

    An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is given as IPv4; None for other text.
    """
    written = (value or "").strip()
    if written.startswith("["):
        written = written[1:].partition("]")[0]
    elif written.count(":") == 1:
        written = written.partition(":")[0]
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
