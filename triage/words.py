"""The words in rules that betray what an attacker is after, in the main languages of business."""

import re
import unicodedata
from collections.abc import Iterable

_PAYMENT = """
invoice, payment, payroll, remittance, iban, swift, bank, wire, wiring, transfer, ach, overdue,
beneficiary, billing, vendor, receipt, purchase order, direct deposit, accounts payable,
rechnung, zahlung, uberweisung, bankverbindung, kontonummer, mahnung, lastschrift, gehalt,
facture, paiement, virement, banque, coordonnees bancaires, salaire,
factura, pago, transferencia, banco, nomina, cobro,
fattura, pagamento, bonifico, banca, stipendio,
factuur, betaling, overschrijving, rekening,
fatura, boleto, recibo, faktura, platnosc, przelew, betalning, overforing, lasku, maksu, szamla,
請求書, 振込, 支払, 入金, 送金, 口座, 見積書, 領収書, 給与,
发票, 發票, 付款, 汇款, 匯款, 转账, 轉帳, 账户, 银行, 銀行, 工资,
청구서, 송금, 결제, 계좌, 은행, 급여
"""
_CREDENTIALS = """
password, passcode, credential, mfa, otp, 2fa, login, sign-in, authenticator, one-time,
verification code, passwort, kennwort, zugangsdaten, mot de passe, identifiant, contrasena,
wachtwoord, senha, haslo, losenord, adgangskode, passord, salasana, parola d'accesso,
パスワード, 認証コード, 確認コード, ログイン, 密码, 密碼, 验证码, 驗證碼, 비밀번호, 인증번호
"""
_SECURITY = """
phish, malware, hacked, hack, spam, virus, scam, fraud, suspicious, compromised, quarantine,
undeliverable, postmaster, mailer-daemon, delivery status, helpdesk, it support, unauthorized,
breach, security alert, unusual sign-in, account locked, do not reply,
verdachtig, sicherheitswarnung, gehackt, betrug, schadsoftware, unzustellbar,
suspect, hameconnage, pirate, fraude, arnaque, alerte de securite,
sospechoso, estafa, hackeado, alerta de seguridad, sospetto, truffa, violato, avviso di sicurezza,
verdacht, suspeito, golpe, podejrzan, oszustwo, misstankt, mistaenkelig, bedrageri,
不審, 詐欺, フィッシング, なりすまし, 乗っ取り, 不正アクセス, 不正ログイン, 迷惑メール, 配信不能,
可疑, 诈骗, 詐騙, 钓鱼, 釣魚, 异常登录, 의심, 사기, 피싱, 해킹
"""
_SHORT = 4


def payment(words: Iterable[str]) -> tuple[str, ...]:
    """Those of a rule's words that look for money."""
    return _those(words, _PAYMENT_WORDS)


def credentials(words: Iterable[str]) -> tuple[str, ...]:
    """Those of a rule's words that look for passwords and codes."""
    return _those(words, _CREDENTIAL_WORDS)


def security(words: Iterable[str]) -> tuple[str, ...]:
    """Those of a rule's words that look for warnings about the attack itself."""
    return _those(words, _SECURITY_WORDS)


def plain(word: str) -> str:
    """Case and accents removed: rules and folders are written with and without them."""
    decomposed = unicodedata.normalize("NFKD", word.casefold().replace("ł", "l"))
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
            if len(term) > _SHORT or not term.isascii()
            else rf"\b{re.escape(term)}s?\b"
            for term in written
        )
    )


_PAYMENT_WORDS = _pattern(_PAYMENT)
_CREDENTIAL_WORDS = _pattern(_CREDENTIALS)
_SECURITY_WORDS = _pattern(_SECURITY)


def _those(words: Iterable[str], pattern: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if pattern.search(plain(word))))
