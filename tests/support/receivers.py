"""Who takes messages in the tests, on this machine: a real SMTP server, and webhooks that fail in every way."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support import canary

PASSWORD = f"correct/{canary.WORD}+battery"


@dataclass
class Mailbox:
    """What an SMTP server got, and how it answers.

    Attributes:
        answer: to a whole message; slow: seconds before that; drops: whether it takes it and closes without a word.
        refused: addresses that it does not take.
    """

    port: int = 0
    answer: str = "250 taken"
    slow: float = 0.0
    drops: bool = False
    refused: set[str] = field(default_factory=set)
    raw: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=default) for raw in self.raw]  # type: ignore[misc]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.raw.append(bytes(envelope.content or b""))
            self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
        if self.slow:
            await asyncio.sleep(self.slow)
        if self.drops:
            assert server.transport
            server.transport.close()
        return self.answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        fine = isinstance(data, LoginPassword) and data.password.decode() == PASSWORD
        self.logins.append(data.login.decode())
        return AuthResult(success=fine, handled=fine)


@contextmanager
def mail_server(folder: Path, *, security: str = "none", login: bool = False) -> Iterator[Mailbox]:
    """A server that is up while the block runs; with TLS its certificate is `folder/ca.pem`."""
    canary.fly()
    box, context = Mailbox(), certificate(folder) if security != "none" else None
    how: dict[str, Any] = {"auth_required": login, "authenticator": box.authenticate if login else None}
    if security == "starttls":
        how |= {"tls_context": context, "require_starttls": True}
    elif login:
        how |= {"auth_require_tls": False}
    controller = _Controller(
        box, hostname="127.0.0.1", port=0, ssl_context=context if security == "tls" else None, **how
    )
    controller.start()
    box.port = controller.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    try:
        yield box
    finally:
        controller.stop()


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """The start is asked for with a first connection, to the port that was found."""
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's context with a fresh certificate for this machine, and `ca.pem` for whoever is to trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


@dataclass
class Webhook:
    """What a webhook got, and how it answers: `statuses` in turn, the last one from then on.

    Attributes:
        hangs: seconds before it answers. drops: whether it closes without a word after it has read.
    """

    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [200])
    hangs: float = 0.0
    drops: bool = False
    got: list[Any] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def status(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def webhook(token: str = f"{canary.WORD}-very-secret") -> Iterator[Webhook]:
    """A receiver that is up while the block runs; its address holds a secret."""
    hook = Webhook()
    canary.fly()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.got.append(json.loads(body))
            hook.paths.append(self.path)
            time.sleep(hook.hangs)
            if hook.drops:
                self.close_connection = True
                return
            self.send_response(hook.status())
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    hook.url = f"http://127.0.0.1:{server.server_port}/hooks/{token}"
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
