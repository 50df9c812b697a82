"""Folders that hardly anybody opens, by well-known id or by their names in the main languages."""

import re

from evidence.inbox_rule import Folder
from triage.words import plain


def _names(listed: str) -> frozenset[str]:
    return frozenset(plain(" ".join(name.split())) for name in listed.split(","))


_BURIED_IDS = frozenset(
    "conversationhistory syncissues conflicts localfailures serverfailures scheduled "
    "recoverableitemsdeletions recoverableitemsroot outbox rssfeeds notes".split()
)
_QUIET_IDS = frozenset("archive junkemail clutter".split())
_DELETED_IDS = frozenset(["deleteditems"])

# Neither RSS feeds nor notes have a well-known name in Graph (resource type: mailFolder). Outlook
# translates the folder's name into some forty languages, and each keeps the abbreviation.
_RSS = re.compile(r"(?<![a-z0-9])rss(?![a-z0-9])")
_BURIED_NAMES = _names(
    """
    conversation history, aufgezeichnete unterhaltungen, unterhaltungsverlauf,
    historique des conversations, historial de conversaciones, cronologia conversazioni,
    gespreksgeschiedenis, historico de conversa, historico de conversas, historia konwersacji,
    konversationshistorik, samtalehistorik, samtaleoversikt, samtalelogg, keskusteluhistoria,
    historie konverzaci, beszelgetesek elozmenyei, istoric conversatii, konusma gecmisi,
    konusma gunlugu, журнал бесед, історія розмов, ιστορικο συνομιλιων, 会話の履歴, 对话历史记录,
    交談記錄, 대화 기록, היסטוריית שיחות, سجل المحادثات, notes, notizen, notas, note, notities,
    notatki, anteckningar, notater, noter, muistiinpanot, poznamky, jegyzetek, notlar, заметки,
    нотатки, σημειωσεις, メモ, 便笺, 備忘稿, 메모, הערות, ملاحظات, appunti, sync issues,
    suggested contacts, local failures, server failures, synchronisierungsprobleme,
    problemes de synchronisation, problemas de sincronizacion, problemi di sincronizzazione,
    synchronisatieproblemen, problemas de sincronizacao, synkroniseringsproblem,
    synkroniseringsproblemer, synkronointiongelmat, problemy z synchronizacja,
    problemy se synchronizaci, szinkronizalasi problemak, esitleme sorunlari,
    ошибки синхронизации, помилки синхронізації, 同期の失敗, 同步问题, 同步處理問題, 동기화 문제,
    outbox, postausgang, conflicts, konflikte
    """
)
_QUIET_NAMES = _names(
    """
    clutter, archive, archiv, archives, archivo, archivio, archief, arquivo, arquivo morto,
    archiwum, arkiv, arkisto, archivovat, archivum, arhiva, arsiv, архив, архів, αρχειο,
    アーカイブ, 存档, 封存, 보관, ארכיון, أرشيف, junk email, junk e-mail, spam, junk-e-mail,
    courrier indesirable, correo no deseado, posta indesiderata, ongewenste e-mail,
    lixo eletronico, wiadomosci-smieci, skrappost, uonsket mail, uonsket e-post, soppelpost,
    roskaposti, nevyzadana posta, leverszemet, e-mail nedorit, onemsiz e-posta,
    нежелательная почта, небажана пошта, ανεπιθυμητη αλληλογραφια, 迷惑メール, 垃圾邮件, 垃圾郵件,
    정크 메일, דואר זבל, البريد الإلكتروني غير الهام
    """
)
_DELETED_NAMES = _names(
    """
    deleted items, geloschte elemente, geloschte objekte, elements supprimes,
    elementos eliminados, posta eliminata, verwijderde items, itens excluidos, itens eliminados,
    elementy usuniete, borttagna objekt, slettet post, slettede elementer, trash, papierkorb,
    corbeille, papelera, cestino, slettede e-poster, poistetut, odstranena posta, odstranene,
    torolt elemek, elemente sterse, silinmis ogeler, удаленные, видалені, διαγραμμενα,
    διεγραμμενα, 削除済みアイテム, 已删除邮件, 刪除的郵件, 지운 편지함, פריטים שנמחקו,
    العناصر المحذوفة, recoverable items, deletions, purges
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
    own = _own_name(folder)
    return own in names or (not folder.name and own in ids)


def _own_name(folder: Folder) -> str:
    """Exchange writes `mailbox:\\Inbox\\Folder`; the last part is the folder itself.

    Where Graph has an id, it takes a well-known name as well, and people write down any name.
    """
    last = plain(folder.name or folder.id or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    return last.rpartition(":")[2].strip()
