"""Of the names that an attacker tries first, those that an operation takes are on record here.

Whatever an operation declares it may also be given, so no sweep can tell a member that was
declared by mistake, such as who owns an object or which tenant it is in. This table can.
"""

from __future__ import annotations

from tests.api.test_mass_assignment import CHANGES, declared
from tests.smuggled import NAMES

TAKEN = {
    "POST /api/v1/access/explain/": {"user"},
    "POST /api/v1/delegations/": {"expires_at", "role", "user"},
    "POST /api/v1/grants/": {"expires_at", "role", "team", "user"},
    "POST /api/v1/invitations/": {"roles"},
    "POST /api/v1/invitations/accept/": {"password", "token"},
    "POST /api/v1/projects/": {"team"},
    "PATCH /api/v1/projects/{pk}/": {"team"},
    "POST /api/v1/roles/": {"permissions"},
    "PATCH /api/v1/roles/{pk}/": {"permissions"},
    "POST /api/v1/service-accounts/": {"owner", "roles"},
    "PATCH /api/v1/service-accounts/{pk}/": {"is_active", "owner"},
    "POST /api/v1/service-accounts/{account}/tokens/": {"expires_at"},
    "POST /api/v1/teams/{team}/members/": {"user"},
    "POST /api/v1/tenants/": {"plan", "tier"},
    "PATCH /api/v1/tenants/{pk}/": {"plan", "status"},
    "POST /api/v1/tenants/{pk}/move/": {"tier"},
    "PUT /api/v1/tenants/{pk}/usage/": {"overrides"},
    "POST /api/v1/sso/scim-tokens/": {"expires_at"},
    "POST /api/v1/tokens/": {"expires_at"},
    "POST /api/v1/tokens/revoke/": {"token"},
    "POST /api/v1/users/": {"password", "roles"},
    "PATCH /api/v1/users/{pk}/": {"is_active"},
    "POST /api/v1/users/{pk}/roles/": {"role"},
}


def test_what_an_attacker_would_guess_is_taken_only_where_it_is_meant_to_be() -> None:
    found = {operation: NAMES & declared(operation).keys() for operation in CHANGES}
    assert {name: members for name, members in found.items() if members} == {
        operation: members for operation, members in TAKEN.items() if operation in CHANGES
    }
