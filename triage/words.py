"""The words in rules that betray what an attacker is after, in the main languages of business."""

import re
import unicodedata
from collections.abc import Iterable

_PAYMENT = """
invoice, payment, payroll, remittance, iban, swift, bank, wire, wiring, transfer, ach, overdue,
beneficiary, billing, vendor, receipt, purchase order, direct deposit, accounts payable, w-2, w2,
tax return, escrow, closing disclosure, settlement statement, statement of account,
routing number, rechnung, zahlung, uberweisung, bankverbindung, kontonummer, mahnung, lastschrift,
gehalt, facture, paiement, virement, banque, coordonnees bancaires, salaire, bulletin de paie,
factura, pago, transferencia, banco, nomina, cobro, fattura, pagamento, bonifico, banca,
stipendio, factuur, betaling, overschrijving, rekening, fatura, boleto, recibo, nota fiscal,
faktura, platnosc, przelew, betalning, overforing, regning, lasku, maksu, szamla, platba, vyplata,
uhrada, transfer bancar, odeme, havale, maas, τιμολογιο, πληρωμη, τραπεζα, счет, счёт, оплат,
платеж, платёж, перевод, банк, рахунок, платіж, חשבונית, תשלום, העברה, בנק, فاتورة, دفع, تحويل,
بنك, hoa don, thanh toan, chuyen khoan, tagihan, pembayaran, ใบแจ้งหนี้, ชำระเงิน, इनवॉइस, भुगतान,
請求書, 振込, 支払, 入金, 送金, 口座, 見積書, 領収書, 給与, 发票, 發票, 付款, 汇款, 匯款, 转账,
轉帳, 账户, 银行, 銀行, 工资, 청구서, 송금, 결제, 계좌, 은행, 급여
"""
_CREDENTIALS = """
password, passcode, credential, mfa, otp, 2fa, login, sign-in, authenticator, one-time,
verification code, security code, recovery code, passwort, kennwort, zugangsdaten,
bestatigungscode, mot de passe, identifiant, code de verification, contrasena,
codigo de verificacion, codice di verifica, wachtwoord, verificatiecode, senha, palavra-passe,
haslo, losenord, adgangskode, passord, salasana, parola d'accesso, jelszo, heslo, parola, sifre,
κωδικ, парол, код подтверждения, סיסמה, קוד אימות, كلمة المرور, رمز التحقق, mat khau, kata sandi,
รหัสผ่าน, पासवर्ड, パスワード, 認証コード, 確認コード, ログイン, 密码, 密碼, 验证码, 驗證碼,
비밀번호, 인증번호
"""
_SECURITY = """
phish, malware, hacked, hack, spam, virus, scam, fraud, suspicious, compromised, quarantine,
undeliverable, postmaster, mailer-daemon, delivery status, delivery failure, returned mail,
helpdesk, it support, service desk, unauthorized, unauthorised, breach, security alert,
security team, security operations, soc, unusual sign-in, unusual activity, account locked,
do not reply, donotreply, no-reply to this, ransomware, identity theft, legitimate, did you send,
verdachtig, sicherheitswarnung, gehackt, betrug, schadsoftware, unzustellbar, suspect,
hameconnage, pirate, fraude, arnaque, alerte de securite, non remis, sospechoso, estafa, hackeado,
alerta de seguridad, sospetto, truffa, violato, avviso di sicurezza, verdacht, onbestelbaar,
suspeito, golpe, podejrzan, oszustwo, niedostarczon, misstankt, mistaenkelig, mistenkelig,
bedrageri, bedragare, huijaus, epailyttava, gyanus, csalas, podezrel, podvod, frauda, supheli,
dolandiric, υποπτ, απατη, подозрит, мошен, взлом, фишинг, спам, підозріл, шахрай, חשוד, הונאה,
פישינג, مشبوه, احتيال, تصيد, lua dao, dang ngo, penipuan, mencurigakan, หลอกลวง, धोखाधड़ी, 不審,
詐欺, フィッシング, なりすまし, 乗っ取り, 不正アクセス, 不正ログイン, 迷惑メール, 配信不能, 可疑,
诈骗, 詐騙, 钓鱼, 釣魚, 异常登录, 의심, 사기, 피싱, 해킹
"""
_NOTIFIERS = """
security, abuse, postmaster, mailer-daemon, helpdesk, help-desk, servicedesk, service-desk,
it-support, itsupport, soc, phish, fraud, alerts@, microsoftonline, account-security, o365mc@,
msonlineservices, quarantine@, protection.outlook, sicherheit, securite, seguridad, sicurezza,
beveiliging, seguranca
"""
_PAYERS = """
workday, adp, paychex, paylocity, paycom, gusto, ultipro, ukg, dayforce, successfactors
"""
"""The systems in which employees keep the account that their pay goes to (Microsoft Threat
Intelligence: "payroll pirate" attacks, 2025)."""
_SHORT = 4
_SPAM = frozenset(["spam", "junk", "bulk"])
_UNDECOMPOSED = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "\u0131": "i", "æ": "ae"})


def payment(words: Iterable[str]) -> tuple[str, ...]:
    """Those of a rule's words that look for money."""
    return _those(words, _PAYMENT_WORDS)


def credentials(words: Iterable[str]) -> tuple[str, ...]:
    """Those of a rule's words that look for passwords and codes."""
    return _those(words, _CREDENTIAL_WORDS)


def security(words: Iterable[str]) -> tuple[str, ...]:
    """Those of a rule's words that look for warnings about the attack itself.

    Nobody needs a reason to be rid of what is marked as spam: that word counts beside others only.
    """
    found = _those(words, _SECURITY_WORDS)
    only_spam = all("".join(filter(str.isalnum, plain(word))) in _SPAM for word in found)
    return () if only_spam else found


def payers(senders: Iterable[str]) -> tuple[str, ...]:
    """Those of a rule's senders who tell that the account for one's pay was changed."""
    return _those(senders, _PAYER_WORDS)


def notifiers(senders: Iterable[str]) -> tuple[str, ...]:
    """Those of a rule's senders who would warn the owner: the security team, a mail system."""
    return _those(senders, _NOTIFIER_WORDS)


def plain(word: str) -> str:
    """Case and accents removed: rules and folders are written with and without them."""
    decomposed = unicodedata.normalize("NFKD", word.casefold().translate(_UNDECOMPOSED))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _pattern(terms: str) -> re.Pattern[str]:
    """Long terms match inside compounds (`Zahlungseingang`), short ones only as whole words.

    Scripts of East Asia put no space between words, and say in two characters what others say in
    ten letters.
    """
    written = sorted({plain(term.strip()) for term in terms.split(",")}, key=len, reverse=True)
    return re.compile(
        "|".join(
            re.escape(term)
            if len(term) > _SHORT or _is_unspaced(term)
            else rf"\b{re.escape(term)}s?\b"
            for term in written
        )
    )


def _is_unspaced(term: str) -> bool:
    return any(unicodedata.east_asian_width(character) in ("W", "F") for character in term)


_PAYMENT_WORDS = _pattern(_PAYMENT)
_CREDENTIAL_WORDS = _pattern(_CREDENTIALS)
_SECURITY_WORDS = _pattern(_SECURITY)
_NOTIFIER_WORDS = _pattern(_NOTIFIERS)
_PAYER_WORDS = _pattern(_PAYERS)


def _those(words: Iterable[str], pattern: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if pattern.search(plain(word))))
