"""Invitations and notices go out by e-mail: once, to whom they concern, and to nobody else."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import transaction

from rbac.services.invitations import accept_invitation, invite_user
from rbac.services.tokens import create_token
from rbac.services.users import change_password, update_user
from sso.emails.models import Email, EmailStatus
from sso.emails.services import outbox
from sso.emails.services.outbox import MAX_ATTEMPTS, MAX_OF_SUBJECT, EmailNotSent, queue_email
from sso.emails.tasks import send
from sso.second_factors.services.recovery_codes import new_recovery_codes
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.conftest import ACTOR
from tests.sso.sign_in.signing_in import FIREFOX, NEW, PASSWORD, sign_in

if TYPE_CHECKING:
    from rbac.models import User
    from tenants.models import Tenant
    from tests.conftest import Person, Rivals
    from tests.sso.emails.conftest import Mailbox

ADDRESS = "ada@example.com"


@pytest.fixture
def ada(tenant: Tenant, person: Person) -> User:
    return person(tenant, "admin", "ada", email=ADDRESS, password=PASSWORD)


def send_all(tenant: Tenant) -> None:
    """What the worker does with the jobs."""
    with tenant_scope(tenant):
        waiting = list(Email.objects.filter(status=EmailStatus.QUEUED).order_by("created_at"))
    for email in waiting:
        send(email_id=str(email.pk), tenant_id=str(tenant.pk))


def emails(tenant: Tenant) -> list[Email]:
    with tenant_scope(tenant):
        return list(Email.objects.order_by("created_at"))


def test_an_invitation_is_sent_and_accepted_by_its_link(
    tenant: Tenant, ada: User, mailbox: Mailbox
) -> None:
    with tenant_scope(tenant):
        invite_user(email="grace@example.com", roles=["viewer"], actor=ada)
    (queued,) = emails(tenant)
    assert b"/invitation/" not in bytes(queued.text)
    send_all(tenant)
    (message,) = mailbox.received
    assert message["To"] == "grace@example.com"
    assert tenant.name in message["Subject"]
    link = re.search(r"https?://(\S+)/invitation/#(\S+)", message.get_content())
    assert link is not None
    with tenant_scope(tenant):
        accept_invitation(token=link[2], username="grace", password=PASSWORD)
    (sent,) = emails(tenant)
    assert (sent.status, bytes(sent.text)) == (EmailStatus.SENT, b"")
    send(email_id=str(sent.pk), tenant_id=str(tenant.pk))  # a job that comes twice
    assert len(mailbox.received) == 1


def test_people_are_told_what_concerns_their_account(
    tenant: Tenant, ada: User, person: Person, mailbox: Mailbox
) -> None:
    del person
    with tenant_scope(tenant):
        create_token(ada, name="laptop", actor=ada)
        change_password(ada, password=NEW, actor=ACTOR)
        new_recovery_codes(ada)
        update_user(ada, actor=ada, changes={"full_name": "Ada"})  # nothing to tell of
    browser = AdminClient(tenant)
    for _ in range(2):  # the second time, the browser is known
        sign_in(browser, "ada", NEW, headers={"user-agent": FIREFOX})
        browser.post("/logout/")
    send_all(tenant)
    subjects = [message["Subject"].partition("] ")[2] for message in mailbox.received]
    assert subjects == ["New API token", "Password changed", "New recovery codes", "New sign-in"]
    assert {message["To"] for message in mailbox.received} == {ADDRESS}
    told = [message.get_content() for message in mailbox.received]
    assert "“laptop”" in told[0]
    assert "Firefox on Linux" in told[3]
    assert not [each for each in told if NEW in each or "iac_" in each]


def test_nothing_waits_where_no_email_is_sent(tenant: Tenant, ada: User) -> None:
    with tenant_scope(tenant):
        invite_user(email="grace@example.com", actor=ada)
        create_token(ada, name="laptop", actor=ada)
    assert not emails(tenant)


def test_what_is_rolled_back_is_told_nobody(tenant: Tenant, ada: User, mailbox: Mailbox) -> None:
    del mailbox
    with tenant_scope(tenant), contextlib.suppress(InterruptedError), transaction.atomic():
        create_token(ada, name="laptop", actor=ada)
        raise InterruptedError
    assert not emails(tenant)


def test_a_mail_server_that_fails_is_tried_again_and_given_up_in_the_end(
    tenant: Tenant, mailbox: Mailbox
) -> None:
    mailbox.refusal = "451 Not now"
    with tenant_scope(tenant):
        queue_email(to=ADDRESS, subject="S", template="invitation", context={"link": "L"})
    (email,) = emails(tenant)
    job: dict[str, Any] = {"email_id": str(email.pk), "tenant_id": str(tenant.pk)}
    for _ in range(MAX_ATTEMPTS - 1):
        with pytest.raises(EmailNotSent, match="451"):
            send(**job)
    send(**job)
    (given_up,) = emails(tenant)
    assert (given_up.status, bytes(given_up.text)) == (EmailStatus.FAILED, b"")
    assert "451" in given_up.failure
    mailbox.refusal = ""
    with tenant_scope(tenant):
        queue_email(to=ADDRESS, subject="S", template="invitation", context={"link": "L"})
    send_all(tenant)
    assert len(mailbox.received) == 1


def test_nobodys_mailbox_is_filled(tenant: Tenant, mailbox: Mailbox) -> None:
    del mailbox
    with tenant_scope(tenant):
        one, two = (f"{uuid4().hex}@example.com" for _ in range(2))
        for to, subject in (*[(one, "S")] * (MAX_OF_SUBJECT + 5), (one, "Other"), (two, "S")):
            queue_email(to=to, subject=subject, template="invitation", context={"link": "L"})
        # What happens often keeps no other notice back.
        assert Email.objects.filter(recipient=one).count() == MAX_OF_SUBJECT + 1
        assert Email.objects.filter(recipient=two).count() == 1


def test_a_new_address_is_told_to_the_one_before(
    tenant: Tenant, ada: User, mailbox: Mailbox
) -> None:
    with tenant_scope(tenant):
        update_user(ada, actor=ACTOR, changes={"email": "mallory@example.com"})
    send_all(tenant)
    (message,) = mailbox.received
    assert message["To"] == ADDRESS
    assert "another e-mail address" in message.get_content()


def test_headers_cannot_be_smuggled_in(
    tenant: Tenant, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant, "name", "Acme\r\nBcc: all@example.com")
    monkeypatch.setattr(outbox, "current_tenant", lambda: tenant)
    with tenant_scope(tenant):
        queue_email(to=ADDRESS, subject="S", template="invitation", context={"link": "L"})
    monkeypatch.undo()
    send_all(tenant)
    (message,) = mailbox.received
    assert message["Bcc"] is None
    assert message["Subject"] == "[Acme Bcc: all@example.com] S"


def test_another_tenants_email_is_not_sent(rivals: Rivals, mailbox: Mailbox) -> None:
    with tenant_scope(rivals.victim):
        queue_email(to=ADDRESS, subject="S", template="invitation", context={"link": "L"})
        email = Email.objects.get()
    send(email_id=str(email.pk), tenant_id=str(rivals.attacker.pk))
    assert mailbox.received == []
    send(email_id=str(email.pk), tenant_id=str(rivals.victim.pk))
    assert len(mailbox.received) == 1
