"""A CI system on this machine that speaks GitHub Actions' documented tokens, and its jobs.

https://docs.github.com/actions/reference/security/oidc
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

from rbac.services.service_accounts import create_service_account
from sso.workload_identity.services.workload_identities import create_workload_identity
from tenants.context import tenant_scope
from tests.api_client import host_of
from tests.conftest import ACTOR
from tests.sso.oidc.provider_at_hand import ProviderAtHand, signed
from tests.sso.visitors import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rbac.models import User
    from sso.workload_identity.models import WorkloadIdentity
    from tenants.models import Tenant

TOKEN = "/api/v1/oauth/token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"
FORM = "application/x-www-form-urlencoded"
SUBJECT = "repo:octo-org/web:environment:production"
# It signs nobody on, so it publishes less than an identity provider.
_NO_SIGN_ON = dict.fromkeys(("authorization_endpoint", "token_endpoint", "userinfo_endpoint"))


class Ci:
    """The CI system; ``provider`` is its server, which a test may have misbehave."""

    def __init__(self, provider: ProviderAtHand) -> None:
        self.provider = provider
        self.issuer = provider.issuer
        provider.behaviour.discovery = dict(_NO_SIGN_ON)

    def claims(self, tenant: Tenant, **changes: Any) -> dict[str, Any]:
        """What a job of octo-org/web says; what is None in a change is left out."""
        now = int(time.time())
        said = {
            "jti": str(uuid4()),
            "sub": SUBJECT,
            "aud": audience_of(tenant),
            "iss": self.issuer,
            "iat": now,
            "nbf": now - 300,
            "exp": now + 300,
            "environment": "production",
            "ref": "refs/heads/main",
            "repository": "octo-org/web",
            "repository_owner": "octo-org",
            "repository_owner_id": "1234567",
            "run_attempt": "1",
            "event_name": "push",
            **changes,
        }
        return {name: value for name, value in said.items() if value is not None}

    def token(self, tenant: Tenant, **changes: Any) -> str:
        """The token of a job."""
        behaviour = self.provider.behaviour
        header = {"typ": "JWT", "alg": "RS256", "kid": behaviour.signing.kid, **behaviour.header}
        if behaviour.write is not None:
            return behaviour.write(self.claims(tenant, **changes))
        return signed(self.claims(tenant, **changes), header, behaviour.signing)


@contextmanager
def running_ci() -> Iterator[Ci]:
    """A CI system on a free port."""
    with ProviderAtHand().running() as provider:
        yield Ci(provider)


def audience_of(tenant: Tenant) -> str:
    """The audience of a tenant's tokens: its own address."""
    return f"https://{host_of(tenant)}"


def account_of(tenant: Tenant, name: str = "deployments") -> User:
    """A service account that may see what a viewer sees."""
    with tenant_scope(tenant):
        return create_service_account(username=name, roles=["viewer"], actor=ACTOR)


def trusted(tenant: Tenant, ci: Ci, account: User, **chosen: Any) -> WorkloadIdentity:
    """Have a tenant trust the jobs of octo-org/web."""
    given = {
        "name": "Web",
        "issuer": ci.issuer,
        "audience": audience_of(tenant),
        "subject": SUBJECT,
        "claims": {"repository_owner_id": "1234567"},
        **chosen,
    }
    with tenant_scope(tenant):
        return create_workload_identity(service_account=account, actor=ACTOR, **given)


def exchanged(tenant: Tenant, identity: WorkloadIdentity, token: str, **changes: str) -> Any:
    """Ask for a token of the platform at a tenant's host."""
    form = {
        "grant_type": EXCHANGE,
        "client_id": str(identity.pk),
        "subject_token": token,
        "subject_token_type": JWT,
        **changes,
    }
    sent = urlencode({name: value for name, value in form.items() if value})
    return Visitor(tenant).post(TOKEN, sent, FORM)
