"""What a token stands for, and what stays of it, as docs/access-control.md says."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from iac_platform.common.errors import NotPermitted
from iac_platform.common.permissions import get
from rbac.errors import CannotGrant
from rbac.models import ApiToken, AuditEntry, User
from rbac.policy import check
from rbac.selectors import token_by_digest, user_by_id
from rbac.services.grants import grant_role
from rbac.services.roles import find_role
from rbac.services.service_accounts import create_service_account
from rbac.services.tokens import create_token, revoke_token
from rbac.services.users import create_user
from rbac.tokens import digest
from tests.conftest import ACTOR
from tests.rbac.access.actors import Actors, again

if TYPE_CHECKING:
    from datetime import datetime

VIEW = get("blueprint.view")


def through(secret: str) -> User:
    """Whoever the token acts as, with its limits."""
    token = token_by_digest(digest(secret))
    assert token is not None
    user: User = token.user
    return user


def in_an_hour() -> datetime:
    return timezone.now() + timedelta(hours=1)


def test_a_token_is_the_account_and_not_what_it_held_when_it_was_made(actors: Actors) -> None:
    """Whoever grants it a role gives that to all who have its tokens, and can see to it before."""
    account = create_service_account(username="robot", actor=actors.admin)
    row, early = create_token(account, name="early", actor=actors.admin)
    _, narrow = create_token(account, name="narrow", scopes=["project.view"], actor=actors.admin)
    assert not check(through(early), VIEW)
    grant_role(account, find_role("viewer"), actor=actors.admin)
    assert check(through(early), VIEW)
    # What the token itself leaves is all that it will ever have.
    assert not check(through(narrow), VIEW)
    made = AuditEntry.objects.get(action="token.create", subject_id=str(row.pk))
    assert made.actor_id == actors.admin.audit_id
    revoke_token(row, actor=actors.admin)
    assert token_by_digest(digest(early)) is None


def test_nobody_makes_a_token_of_an_account_that_holds_more_than_they(actors: Actors) -> None:
    """So who could make one while it held nothing cannot any more."""
    role = actors.role(service_account__token="tenant", service_account__view="tenant")
    grant_role(actors.ben, role, actor=ACTOR)
    account = create_service_account(username="robot", actor=ACTOR)
    create_token(account, name="early", actor=again(actors.ben))
    grant_role(account, find_role("viewer"), actor=ACTOR)
    with pytest.raises(CannotGrant, match="The user robot allows what you may not do yourself"):
        create_token(account, name="late", actor=again(actors.ben))


def test_what_was_granted_through_a_token_stays_when_it_ends(actors: Actors) -> None:
    _, secret = create_token(actors.admin, name="t", expires_at=in_an_hour(), actor=actors.admin)
    acting, carl = through(secret), create_user(username="carl", actor=ACTOR)
    grant_role(carl, find_role("viewer"), actor=acting)
    ApiToken.objects.filter(digest=digest(secret)).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )
    assert token_by_digest(digest(secret)) is None
    found = user_by_id(carl.pk)
    assert found is not None
    assert check(found, VIEW)


def test_what_would_let_the_same_credential_go_on_is_bounded(actors: Actors) -> None:
    """A token that is made through one with an end has no later one, of an account neither."""
    end = in_an_hour()
    _, secret = create_token(actors.admin, name="t", expires_at=end, actor=actors.admin)
    acting = through(secret)
    account = create_service_account(username="robot", actor=acting)
    for user in (acting, account):
        for later in (None, end + timedelta(seconds=1)):
            with pytest.raises(CannotGrant, match="It must expire by"):
                create_token(user, name="later", expires_at=later, actor=acting)
        create_token(user, name="within", expires_at=end, actor=acting)


def test_a_token_without_the_right_to_grant_leaves_no_lasting_rights(actors: Actors) -> None:
    _, secret = create_token(
        actors.admin, name="t", scopes=["blueprint.*", "user.view"], actor=actors.admin
    )
    carl = create_user(username="carl", actor=ACTOR)
    with pytest.raises(NotPermitted, match=r"role\.grant"):
        grant_role(carl, find_role("viewer"), actor=through(secret))
