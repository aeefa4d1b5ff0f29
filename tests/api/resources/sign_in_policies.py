"""What the suites know of how people sign in: valid requests, and who may send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.common.audit import SystemActor
from sso.sign_in.models import SignInPolicy
from sso.sign_in.services.policies import set_sign_in_policy
from tests.api.sample import Sample

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture

_ACTOR = SystemActor("tests")


def make(_: Fixture) -> dict[str, Any]:
    """The policy of a tenant that has chosen none."""
    return {"sign_in_policy": SignInPolicy()}


RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
sso/sign-in-policy/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
    PUT    -     200 403 403 403 403 403 403 403 403 401 200
"""

SAMPLES = {
    "GET /api/v1/sso/sign-in-policy/": Sample(),
    "PUT /api/v1/sso/sign-in-policy/": Sample(
        body=lambda fixture: {"requires_sso": False, "break_glass": [str(fixture.owner.pk)]},
        references=("break_glass",),
    ),
}

# Every service with an actor; and those that compare revisions.
SERVICES = {
    "policies.set_sign_in_policy": lambda _, who: set_sign_in_policy(
        requires_sso=False, break_glass=[], actor=who
    ),
}
REVISED_SERVICES = {
    "policies.set_sign_in_policy": (
        "sign_in_policy",
        lambda _, seen: set_sign_in_policy(
            requires_sso=False, break_glass=[], actor=_ACTOR, revision=seen
        ),
    ),
}

# The admin: who may view, add, change and delete; its forms and filters.
_ADMINS = frozenset({"admin", "operator"})
ADMIN_RIGHTS: dict[str, tuple[frozenset[str], ...]] = {
    "sign_in.signinpolicy": (_ADMINS, _ADMINS, _ADMINS, frozenset())
}
ADMIN_FORMS = {"sign_in_signinpolicy_add": {"break_glass": ""}}
ADMIN_FILTERS: dict[str, set[str]] = {"sign_in.signinpolicy": set()}
