"""What roles a person holds now: the list, the page, the filter and the engine agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given

from rbac.answers.roles_held import holders_of, roles_held
from rbac.models import Role, User
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.rbac.access.worlds import ServicePlan, World, in_a_world, plans, slowly

if TYPE_CHECKING:
    from tenants.models import Tenant


@slowly
@given(plan=plans)
def test_lists_and_pages_tell_what_the_engine_says(acme: Tenant, plan: ServicePlan) -> None:
    def compare(world: World) -> None:
        assert world.users
        users = list(User.objects.all())
        held = roles_held(users)
        engine = {user.pk: User.objects.get(pk=user.pk).role_keys for user in users}
        assert {key: {role.key for role in roles} for key, roles in held.items()} == engine
        for role in Role.objects.all():
            holders = set(holders_of(User.objects.all(), role.key).values_list("pk", flat=True))
            assert holders == {pk for pk, keys in engine.items() if role.key in keys}

    in_a_world(acme, plan, compare)


def test_the_cost_is_the_same_for_many(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        users = [
            create_user(username=f"user-{number}", roles=["viewer"], actor=ACTOR)
            for number in range(12)
        ]
        counts = []
        for some in (users[:1], users):
            with CaptureQueriesContext(connection) as statements:
                roles_held(some)
            counts.append(len(statements))
    assert counts[0] == counts[1]
