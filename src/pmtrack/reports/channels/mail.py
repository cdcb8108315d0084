"""Mail by SMTP: one for each recipient, in text and HTML, with a Message-ID that stays the same at every try."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from pmtrack.reports.channels.base import MailServer, Means, Message, NotSent, Unsure
from pmtrack.reports.digest_forms import as_html, as_text
from pmtrack.reports.digest_letter import MOST
from pmtrack.secrets import secret
from pmtrack.text import one_line

ACCOUNT, PASSWORD = "smtp", "PASSWORD"
"""The password is PMTRACK_SMTP_PASSWORD, or in the file that PMTRACK_SMTP_PASSWORD_FILE names."""

ANSWER_LIMIT = 160


def send(_scheme: str, address: str, message: Message, means: Means) -> None:
    """As `channels.send`."""
    server, password = _server(address, means)
    _deliver(address, written(address, message, server, means.origin).as_bytes(), server, password, means.patience)


def ready(_scheme: str, address: str, means: Means) -> None:
    """As `channels.ready`."""
    _server(address, means)


def _server(address: str, means: Means) -> tuple[MailServer, str]:
    """Who takes the mail, and the password for it.

    Raises:
        NotSent: one of them is missing.
    """
    if means.mail is None:
        raise NotSent(f"mail to {address} needs a server: add [digest.smtp] with host and sender")
    return means.mail, secret(ACCOUNT, PASSWORD, means.environment, fails=NotSent) if means.mail.user else ""


def written(address: str, message: Message, server: MailServer, origin: str = "") -> EmailMessage:
    """The mail as it is sent."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = server.sender
    mail["To"] = address
    mail["Subject"] = one_line(message.letter.title)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = message_id(address, message.period, server.sender, origin)
    mail["List-Unsubscribe"] = f"<{server.unsubscribe or f'mailto:{server.sender}?subject=unsubscribe'}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no "out of office" comes back
    mail["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    mail.set_content(as_text(message.letter, MOST), cte="quoted-printable")
    mail.add_alternative(as_html(message.letter, MOST), subtype="html", cte="quoted-printable")
    return mail


def message_id(address: str, period: str, sender: str, origin: str) -> str:
    """The same for each try, so that whoever got it twice sees it once."""
    digest = hashlib.sha256("\n".join((origin, sender, address, period)).encode()).hexdigest()[:32]
    return f"<pmtrack.{period}.{digest}@{sender.rpartition('@')[2]}>"


def _deliver(address: str, content: bytes, server: MailServer, password: str, patience: float) -> None:
    where = f"{server.host}:{server.port}"
    try:
        connection = _connected(server, patience)
    except OSError as error:
        raise NotSent(f"the mail server {where} cannot be reached ({_why(error)}): see [digest.smtp]") from None
    try:
        try:
            _introduce(connection, address, server, password)
        except (OSError, ValueError) as error:
            raise NotSent(f"the mail server {where} did not take mail to {address} ({_why(error)})") from None
        _hand_over(connection, address, content, where)
        with suppress(OSError):
            connection.quit()
    finally:
        connection.close()


def _connected(server: MailServer, patience: float) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=patience, context=_trust(server))
    return smtplib.SMTP(server.host, server.port, timeout=patience)


def _introduce(connection: smtplib.SMTP, address: str, server: MailServer, password: str) -> None:
    """Everything before the message itself; nothing has been sent if this fails."""
    connection.ehlo_or_helo_if_needed()
    if server.security == "starttls":
        connection.starttls(context=_trust(server))
        connection.ehlo()
    if server.user:
        connection.login(server.user, password)
    for code, answer in (connection.mail(server.sender), connection.rcpt(address)):
        if code not in (250, 251):
            raise smtplib.SMTPResponseException(code, answer)


def _hand_over(connection: smtplib.SMTP, address: str, content: bytes, where: str) -> None:
    try:
        code, answer = connection.data(content)
    except smtplib.SMTPDataError as error:
        raise NotSent(f"the mail server {where} refused the mail to {address} ({_why(error)})") from None
    except OSError as error:
        raise Unsure(f"the mail server {where} did not confirm the mail to {address} ({_why(error)})") from None
    if code != 250:
        why = _why(smtplib.SMTPResponseException(code, answer))
        raise NotSent(f"the mail server {where} refused the mail to {address} ({why})")


def _trust(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.authority)


def _why(error: Exception) -> str:
    """In the server's words where it used some; they are somebody else's, and may be long."""
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return one_line(f"{error.smtp_code} {words}", ANSWER_LIMIT)
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "it did not answer in time"
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return one_line(said, ANSWER_LIMIT)
