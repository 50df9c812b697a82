"""What tells from outside that a file or an address is sensitive: its name, its kind, its host."""

import re
from urllib.parse import urlsplit

_STEMS = (
    # confidential, in the main languages of mail
    "confidential|confidentiel|confidencial|confidenziale|riservat|vertraulich|vertrouwelijk|geheim"
    "|poufn|tajn|důvěrn|gizli|конфиденц|секрет|機密|机密|秘密"
    # people
    "|payroll|payslip|salar|gehalt|nomina|nómina|stipendi|salaris|loonstrook|passport"
    "|reisepass|passeport|pasaporte|medical|patient"
    # money
    "|bank|payment|zahlung|paiement|pagamento|betaling|credit.?card|kreditkarte|steuer"
    # ways in
    "|password|passwort|kennwort|mot.?de.?passe|contraseñ|wachtwoord|credential|private.?key"
)
_WORDS = "nda|secret|secrets|iban|swift|wire|wires|tax|taxes|pago|pagos|lohn|paie|pin|pins"
# A stem begins a word; what is written together, as `Kundenkennwort`, is left to the policies.
_NAME = re.compile(rf"(?<![^\W\d_])(?:(?:{_STEMS})|(?:{_WORDS})(?![^\W\d_]))", re.IGNORECASE)
_PROTECTED_KINDS = frozenset(
    "pfile ppdf ptxt rpmsg pgp gpg p7m kdbx pfx p12 pem key ppk ost pst".split()
)
_DOCUMENT_HOSTS = (".sharepoint.com", ".sharepoint.us", ".sharepoint.cn", ".sharepoint-mil.us")


def is_sensitive_file(name: str, file_type: str = "") -> bool:
    """Whether a file's name says that it is confidential, or its kind holds keys, mail or what a
    sensitivity label protects. A name that says nothing proves nothing.
    """
    kinds = {name.rpartition(".")[2].lower(), *file_type.lower().split(";")}
    return bool(_NAME.search(name)) or not _PROTECTED_KINDS.isdisjoint(kinds)


def leads_to_documents(url: str) -> bool:
    """Whether an address lies in SharePoint or OneDrive, where organisations keep documents."""
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return False
    return host.endswith(_DOCUMENT_HOSTS)
