"""Folders that hardly anybody opens, by well-known id or by their names in the main languages."""

import re

from evidence.inbox_rule import Folder
from triage.words import plain


def _names(listed: str) -> frozenset[str]:
    return frozenset(" ".join(name.split()) for name in listed.split(","))


_BURIED_IDS = frozenset(
    "conversationhistory syncissues conflicts localfailures serverfailures scheduled "
    "recoverableitemsdeletions recoverableitemsroot outbox rssfeeds notes".split()
)
_QUIET_IDS = frozenset("archive junkemail".split())
_DELETED_IDS = frozenset(["deleteditems"])

# Neither RSS feeds nor notes have a well-known name in Graph (resource type: mailFolder). Outlook
# translates the folder's name into some forty languages, and each keeps the abbreviation.
_RSS = re.compile(r"(?<![a-z0-9])rss(?![a-z0-9])")
_BURIED_NAMES = _names(
    """
    conversation history, aufgezeichnete unterhaltungen,
    unterhaltungsverlauf, historique des conversations, historial de conversaciones,
    cronologia conversazioni, gespreksgeschiedenis, historico de conversas,
    historia konwersacji, notes, notizen, notas, note, notities, notatki, anteckningar,
    sync issues, synchronisierungsprobleme, problemes de synchronisation,
    problemas de sincronizacion, problemi di sincronizzazione, outbox, conflicts
    """
)
_QUIET_NAMES = _names(
    """
    archive, archiv, archives, archivo, archivio, archief, arquivo, arquivo morto, archiwum, arkiv,
    junk email, junk e-mail, spam, junk-e-mail, courrier indesirable, correo no deseado,
    posta indesiderata, ongewenste e-mail, lixo eletronico, wiadomosci-smieci, skrappost
    """
)
_DELETED_NAMES = _names(
    """
    deleted items, geloschte elemente, geloschte objekte, elements supprimes,
    elementos eliminados, posta eliminata, verwijderde items, itens excluidos, itens eliminados,
    elementy usuniete, borttagna objekt, slettet post, slettede elementer, trash, papierkorb,
    corbeille, papelera, cestino
    """
)


def is_buried(folder: Folder) -> bool:
    """Whether nobody reads the folder: mail moved there by a rule is hidden."""
    if not folder.well_known and _RSS.search(_own_name(folder)):
        return True
    return _in(folder, _BURIED_IDS, _BURIED_NAMES)


def is_quiet(folder: Folder) -> bool:
    """Whether the folder is read now and then, as an archive or junk mail is."""
    return _in(folder, _QUIET_IDS, _QUIET_NAMES)


def is_deleted_items(folder: Folder) -> bool:
    """Whether moving there is deleting."""
    return _in(folder, _DELETED_IDS, _DELETED_NAMES)


def _in(folder: Folder, ids: frozenset[str], names: frozenset[str]) -> bool:
    if folder.well_known:
        return folder.well_known.lower() in ids
    return _own_name(folder) in names


def _own_name(folder: Folder) -> str:
    """Exchange writes `mailbox:\\Inbox\\Folder`; the last part is the folder itself."""
    last = plain(folder.name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    return last.rpartition(":")[2].strip()
