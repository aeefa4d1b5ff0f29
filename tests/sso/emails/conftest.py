"""A mail server, and a platform that sends by it."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from deployment.local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

HOST = "127.0.0.1"


class Mailbox:
    """What a mail server was given; ``refusal`` is what it answers instead of taking it."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.refusal = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        """Take an e-mail."""
        del server, session
        if self.refusal:
            return self.refusal
        message: Any = message_from_bytes(envelope.content, policy=policy.default)
        self.received.append(message)
        return "250 OK"


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """The mail server that the platform sends by."""
    box = Mailbox()
    server = Controller(box, hostname=HOST, port=free_port())
    server.start()
    settings.SENDS_EMAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = HOST
    settings.EMAIL_PORT = server.port
    yield box
    server.stop()
