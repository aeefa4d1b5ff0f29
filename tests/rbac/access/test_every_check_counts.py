"""No check of a service is there for nothing: without it, somebody gets what they are refused.

The checks are found in the source (``unasked``) and left out, one after the other. A new one
fails here until there is somebody whom it alone keeps out.
"""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

import pytest

from rbac.services.admins import create_admin
from rbac.services.grants import revoke_role
from rbac.services.invitations import invite_admin
from rbac.services.roles import find_role
from rbac.services.support import grant_support_access
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.tenants.services import create_tenant
from tests.conftest import ACTOR
from tests.rbac.access import unasked
from tests.rbac.access.refusals import (
    CANNOT,
    DENIED,
    Organisation,
    Refusal,
    again,
    holding,
    refusals,
)
from tests.rbac.access.refusals_of_sign_on import SignOn, refusals_of_sign_on
from tests.sampling import FULL, leave_out
from tests.tenants.test_every_service_asks import ACTIONS, READS, Things

if TYPE_CHECKING:
    from rbac.models import User
    from tenants.models import Tenant
    from tests.rbac.access.unasked import Check
    from tests.tenants.test_every_service_asks import Action

# What others ask again, so that nothing shows where it is left out; and who they are.
ASKED_AGAIN = {
    "versions.add_version: 0 create": "its callers, of the blueprint",
    "admins.create_admin: 0 require_may_make_admin": "create_user, and grant_role for it",
    "support._require_operator: 0 require": "grant_support_access, once the tenant is locked",
    "support.grant_support_access: 1 require_permissions": "create_token, of the access",
    "archives._bring_in: 0 create": "nobody: the operator's command imports",
    "mappings.create_mapping: 0 require": "create, of the mapping that is to be",
    "mappings.create_mapping: 1 create": "require, before anything is looked up",
    "configurations.create_configuration: 1 require_admins_rights": "before a key is made",
    "configurations.update_configuration: 1 require_admins_rights": "before metadata are fetched",
    "configurations._refuse_before_work: 0 require_admins_rights": "its callers, once more",
    "configurations.create_configuration: 2 create": "require, before a key is made",
    "configurations.update_configuration: 2 changing": "require, before metadata are fetched",
    "configurations.delete_configuration: 2 deleting": "require, before who holds what is locked",
    **{
        f"configurations.{each}": "require, before who holds what is locked"
        for each in (
            "create_oidc_configuration: 2 create",
            "update_oidc_configuration: 2 changing",
            "delete_oidc_configuration: 2 deleting",
        )
    },
    "metadata.refresh_metadata: 1 require_admins_rights": "the same, once metadata are fetched",
    "metadata._refreshed: 0 require_admins_rights": "the same, before they are fetched",
    "policies.set_sign_in_policy: 2 changing": "require, before who holds what is locked",
    "email_domains.verify_email_domain: 0 require": "changing, once DNS was asked",
    "email_domains.verify_email_domain: 1 changing": "require, before DNS is asked",
    "metadata._refreshing: 0 changing": "require, before metadata are fetched",
    "keys.rotate_key: 1 require_admins_rights": "the same, once a key is made",
    "keys.rotate_key: 2 require_admins_rights": "the same, before a key is made",
    "keys.rotate_key: 3 changing": "require, before a key is made",
}
REASON = "Ticket 4711: to look"


class Operators:
    """The operator's people who may read everything, or enter tenants, and lack what it takes."""

    def __init__(self, operator: Tenant, *tenants: Tenant) -> None:
        self.scope = operator
        enter = dict.fromkeys(("tenant.create", "tenant.view", "support_access.create"), "global")
        add, grant = {"user.create": "tenant"}, {"role.grant": "tenant"}
        with tenant_scope(operator):
            self.clerk, self.adder = holding("clerk", enter), holding("adder", enter | add)
            self.giver = holding("giver", enter | grant)
            self.granter = holding("granter", enter | add | grant)
            self.nobody = create_user(username="nobody", actor=ACTOR)
            self.chief = create_user(username="chief", roles=["operator"], actor=ACTOR)
            create_user(username="deputy-chief", roles=["operator"], actor=ACTOR)
            self.invited = create_tenant(
                slug="initech", name="Initech", invite="a@example.com", actor=ACTOR
            )
            self.empty = create_tenant(slug="hooli", name="Hooli", actor=ACTOR)
            self.reader, self.things = (
                holding("reader", {key.replace("__", "."): scope for key, scope in READS.items()}),
                Things(*tenants),
            )

    def refusals(self) -> list[Refusal]:
        """What they are refused."""
        invited = [(self.clerk, DENIED), (self.adder, DENIED), (self.giver, DENIED)]
        return [
            *(
                Refusal(name, DENIED, partial(self._change, action))
                for name, action in ACTIONS.items()
            ),
            *(
                Refusal("invitations.invite_admin", code, partial(self._invite, who))
                for who, code in [*invited, (self.granter, CANNOT)]
            ),
            Refusal("admins.create_admin", DENIED, partial(self._add, self.clerk)),
            Refusal("admins.create_admin", CANNOT, partial(self._add, self.granter)),
            Refusal("support.grant_support_access", DENIED, partial(self._enter, self.nobody)),
            Refusal("support.grant_support_access", CANNOT, partial(self._enter, self.granter)),
            Refusal("support.grant_support_access", DENIED, self._enter_after_the_end),
            Refusal("support.grant_support_access", DENIED, self._enter_from_elsewhere),
        ]

    def _change(self, action: Action) -> None:
        with tenant_scope(self.scope):
            action(self.things, again(self.reader))

    def _invite(self, who: User) -> None:
        with tenant_scope(self.scope):
            invite_admin(self.invited, actor=again(who))

    def _add(self, who: User) -> None:
        with tenant_scope(self.scope):
            create_admin(self.empty, username="mine", email="m@example.com", actor=again(who))

    def _enter(self, who: User) -> None:
        with tenant_scope(self.scope):
            grant_support_access(self.empty, operator=again(who), role="admin", reason=REASON)

    def _enter_after_the_end(self) -> None:
        with tenant_scope(self.scope):
            who = again(self.chief)
            assert who.role_keys == {"operator"}
            revoke_role(self.chief, find_role("operator"), actor=ACTOR)
            grant_support_access(self.empty, operator=who, role="admin", reason=REASON)

    def _enter_from_elsewhere(self) -> None:
        with tenant_scope(self.invited):
            grant_support_access(self.empty, operator=ACTOR, role="admin", reason=REASON)


@pytest.fixture
def tried(acme: Tenant, globex: Tenant, umbrella: Tenant, operator: Tenant) -> list[Refusal]:
    """What somebody is refused, by every service."""
    with tenant_scope(acme):
        people = Organisation()
        found = [*refusals(people), *refusals_of_sign_on(SignOn(people))]
        here = [_inside(acme, each) for each in found]
    return [*here, *Operators(operator, acme, globex, umbrella).refusals()]


def _inside(tenant: Tenant, refusal: Refusal) -> Refusal:
    def attempt() -> None:
        with tenant_scope(tenant):
            refusal.attempt()

    return Refusal(refusal.service, refusal.code, attempt)


def test_without_a_check_somebody_is_not_refused_as_before(tried: list[Refusal]) -> None:
    found = [(each.service, each.outcome()) for each in tried]
    assert found == [(each.service, each.code) for each in tried]
    known = list(unasked.checks())
    assert known
    leave_out(
        "checks that others ask again, tried with the services of other modules", len(ASKED_AGAIN)
    )
    assert {str(each) for each in known if not _is_noticed(each, known, tried)} == {*ASKED_AGAIN}


def _is_noticed(check: Check, known: list[Check], tried: list[Refusal]) -> bool:
    """Whether it shows that a check is left out, or it and its repetition in the same function."""
    near = [each for each in tried if each.service.partition(".")[0] == check.service]
    near.sort(key=lambda each: not each.service.endswith(f".{check.function}"))
    same = [each for each in known if each.permission and each.place == check.place]
    if _shows([check], near) or _shows(same, near):
        return True
    # What others ask again is tried in vain, with all that there is.
    return (FULL or str(check) not in ASKED_AGAIN) and _shows([check], tried)


def _shows(left_out: list[Check], tried: list[Refusal]) -> bool:
    if not left_out:
        return False
    with pytest.MonkeyPatch.context() as patch:
        unasked.leave_out(left_out, patch)
        return any(each.outcome() != each.code for each in tried)


def test_whatever_is_required_is_known_to_be_a_right_or_something_else() -> None:
    found = {
        name
        for _, function in unasked.functions()
        for node in ast.walk(function)
        if (name := unasked.called(node)).lstrip("_").startswith("require_")
    }
    assert found <= unasked.CHECKS | unasked.OTHERS
    assert unasked.CHECKS - {"require"} <= found
