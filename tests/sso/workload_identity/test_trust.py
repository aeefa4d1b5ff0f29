"""What a tenant may trust: conditions that strangers meet are refused, whoever sets them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from iac_platform.common.errors import DomainError, NotPermitted
from rbac.errors import CannotGrant
from rbac.models import ApiToken
from rbac.services.issued_tokens import issue_token
from rbac.services.service_accounts import create_service_account, update_service_account
from rbac.services.users import create_user
from sso.workload_identity.errors import InvalidWorkloadIdentity
from sso.workload_identity.models import WorkloadIdentity
from sso.workload_identity.services.workload_identities import (
    create_workload_identity,
    update_workload_identity,
)
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.rbac.access.refusals import again, holding
from tests.sso.workload_identity.ci import account_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rbac.models import User
    from tenants.models import Tenant

_MINUTE = timedelta(minutes=1)
HERE = "https://acme.iac.example"
CI = "https://ci.example.com"
BUILDKITE, GOOGLE = "https://agent.buildkite.com", "https://accounts.google.com"
MAIN = "repo:octo-org/web:ref:refs/heads/main"
_MAY = dict.fromkeys(
    (
        *(f"workload_identity.{verb}" for verb in ("view", "create", "update", "delete")),
        *("service_account.view", "service_account.token"),
    ),
    "tenant",
)


@pytest.fixture
def in_acme(acme: Tenant) -> Iterator[User]:
    """A service account of a tenant, in whose scope the test runs."""
    account = account_of(acme)
    with tenant_scope(acme):
        yield account


def created(account: User, **chosen: Any) -> WorkloadIdentity:
    given = {"name": "Web", "audience": HERE, "actor": ACTOR, **chosen}
    return create_workload_identity(service_account=account, **given)


ACCEPTED: dict[str, dict[str, Any]] = {
    "a branch at GitHub": {"platform": "github", "subject": MAIN},
    "an owner at GitHub": {"platform": "github", "subject": "repo:octo-org/*"},
    "an owner by its id in the subject": {
        "platform": "github",
        "subject": "repo:octo-org@123/web@456:ref:refs/heads/main",
    },
    "an owner by its id": {"platform": "github", "claims": {"repository_owner_id": "123"}},
    "an owner's repositories": {"platform": "github", "claims": {"repository": "octo-org/*"}},
    "an enterprise's own server": {
        "platform": "github",
        "issuer": "https://github.example.com/_services/token",
        "subject": MAIN,
    },
    "a group at GitLab": {"platform": "gitlab", "subject": "project_path:group/*"},
    "a workspace at HCP Terraform": {
        "platform": "terraform",
        "subject": "organization:acme:project:*:workspace:web:run_phase:apply",
    },
    "a service account at Kubernetes": {
        "issuer": CI,
        "subject": "system:serviceaccount:ci:deployer",
        "signing_algorithm": "ES256",
    },
    "an organisation at Buildkite": {"issuer": BUILDKITE, "subject": "organization:acme:*"},
    "an organisation's id at Buildkite": {"issuer": BUILDKITE, "claims": {"organization_id": "1"}},
    "a service account at Google": {"issuer": GOOGLE, "subject": "112233445566778899000"},
    "a namespace": {"issuer": CI, "subject": "system:serviceaccount:ci:*"},
}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "everybody at GitHub": ({"platform": "github", "subject": "repo:*"}, "subject"),
    "no condition": ({"platform": "github"}, "subject"),
    "owners of a prefix": ({"platform": "github", "subject": "repo:octo-org*"}, "subject"),
    "a wildcard before the owner": ({"platform": "github", "subject": "*:octo-org/web"}, "subject"),
    "a branch alone": ({"platform": "github", "claims": {"ref": "refs/heads/main"}}, "subject"),
    "an environment alone": ({"platform": "github", "subject": "environment:prod"}, "subject"),
    "a repository of anybody": (
        {"platform": "github", "claims": {"repository": "*/web"}},
        "subject",
    ),
    "owners' ids of a prefix": (
        {"platform": "github", "claims": {"repository_owner_id": "12*"}},
        "subject",
    ),
    "GitHub as something else": (
        {"issuer": "https://token.actions.githubusercontent.com", "subject": MAIN},
        "platform",
    ),
    "an enterprise at GitHub as something else": (
        {"issuer": "https://token.actions.githubusercontent.com/acme", "subject": MAIN},
        "platform",
    ),
    "GitHub's default audience": (
        {"platform": "github", "subject": MAIN, "audience": "https://github.com/octo-org"},
        "audience",
    ),
    "everybody at GitLab": ({"platform": "gitlab", "subject": "project_path:*"}, "subject"),
    "everybody at HCP Terraform": (
        {"platform": "terraform", "subject": "organization:*"},
        "subject",
    ),
    "all at an issuer": ({"issuer": CI, "subject": "*"}, "subject"),
    "all of a beginning": ({"issuer": CI, "subject": "1*"}, "subject"),
    "all below one name": ({"issuer": CI, "subject": "project:*"}, "subject"),
    "all below an empty name": ({"issuer": CI, "subject": "project://*"}, "subject"),
    "claims alone at an issuer": ({"issuer": CI, "claims": {"ref": "refs/heads/main"}}, "subject"),
    "claims of the protocol": ({"issuer": CI, "claims": {"iss": CI, "aud": HERE}}, "subject"),
    "true alone": ({"issuer": CI, "claims": {"ref_protected": "true"}}, "subject"),
    "everybody at Buildkite": ({"issuer": BUILDKITE, "subject": "organization:*"}, "subject"),
    "a pipeline of anybody's": (
        {"issuer": BUILDKITE, "claims": {"pipeline_slug": "deploy"}},
        "subject",
    ),
    "everybody at Google": ({"issuer": GOOGLE, "subject": "1/2/*"}, "subject"),
    "a domain at Google": ({"issuer": GOOGLE, "claims": {"hd": "example.com"}}, "subject"),
    "no issuer": ({"subject": "job"}, "issuer"),
    "an issuer without TLS": ({"issuer": "http://ci.example.com", "subject": "job"}, "issuer"),
    "claims that are no texts": ({"issuer": CI, "claims": {"ref": ["main"]}}, "claims"),
    "claims that are a list": ({"issuer": CI, "claims": ["ref"]}, "claims"),
    "a life of days": (
        {"platform": "github", "subject": MAIN, "token_lifetime_seconds": 86_400},
        "token_lifetime_seconds",
    ),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_names_an_owner_is_trusted(case: str, in_acme: User) -> None:
    identity = created(in_acme, **ACCEPTED[case])
    assert WorkloadIdentity.objects.get().trust == identity.trust


@pytest.mark.parametrize("case", REFUSED)
def test_what_strangers_meet_is_refused(case: str, in_acme: User) -> None:
    chosen, field = REFUSED[case]
    with pytest.raises(InvalidWorkloadIdentity) as refusal:
        created(in_acme, **chosen)
    pointers = [error["pointer"] for error in refusal.value.extra["errors"]]
    assert pointers == [f"/{field}"]
    assert not WorkloadIdentity.objects.exists()


def test_a_change_is_held_to_the_same(in_acme: User) -> None:
    identity = created(in_acme, platform="github", subject=MAIN)
    with pytest.raises(InvalidWorkloadIdentity):
        update_workload_identity(identity, actor=ACTOR, changes={"subject": "repo:*"})
    assert WorkloadIdentity.objects.get().subject == MAIN


def test_nobody_becomes_a_person_or_a_deactivated_account(in_acme: User) -> None:
    person = create_user(username="ada", actor=ACTOR)
    with pytest.raises(InvalidWorkloadIdentity):
        created(person, platform="github", subject=MAIN)
    update_service_account(in_acme, actor=ACTOR, changes={"is_active": False})
    with pytest.raises(InvalidWorkloadIdentity):
        created(in_acme, platform="github", subject=MAIN)


@pytest.mark.usefixtures("in_acme")
def test_whoever_holds_less_than_the_account_neither_creates_nor_changes() -> None:
    strong = create_service_account(username="strong", roles=["admin"], actor=ACTOR)
    weak = create_service_account(username="weak", actor=ACTOR)
    keeper = holding("keeper", _MAY)
    identity = created(strong, platform="github", subject=MAIN)
    with pytest.raises(CannotGrant):
        created(strong, name="Mine", platform="github", subject=MAIN, actor=again(keeper))
    mine = created(weak, name="Mine", platform="github", subject=MAIN, actor=again(keeper))
    for changes in ({"subject": "repo:mallory/web:x"}, {"is_enabled": False}):
        with pytest.raises(CannotGrant):
            update_workload_identity(identity, actor=again(keeper), changes=changes)
    with pytest.raises(CannotGrant):
        update_workload_identity(mine, actor=again(keeper), changes={"service_account": strong})
    update_workload_identity(mine, actor=again(keeper), changes={"subject": "repo:mallory/web:x"})


def test_creating_one_needs_the_right_to_create_tokens_of_accounts(in_acme: User) -> None:
    weak = create_service_account(username="weak", actor=ACTOR)
    without = {name: scope for name, scope in _MAY.items() if not name.endswith("account.token")}
    with pytest.raises(NotPermitted):
        created(weak, platform="github", subject=MAIN, actor=again(holding("other", without)))
    assert not WorkloadIdentity.objects.filter(service_account=in_acme).exists()


def test_one_of_an_account_that_was_deactivated_can_still_be_disabled(in_acme: User) -> None:
    identity = created(in_acme, platform="github", subject=MAIN)
    update_service_account(in_acme, actor=ACTOR, changes={"is_active": False})
    changed = update_workload_identity(identity, actor=ACTOR, changes={"is_enabled": False})
    assert not changed.is_enabled


def test_issued_tokens_take_no_place_of_others(
    in_acme: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rbac.services.tokens.MOST_ISSUED_TOKENS", 2)
    identity = created(in_acme, platform="github", subject=MAIN)
    give: dict[str, Any] = {"issued_by": identity.pk, "scopes": None, "actor": ACTOR}
    for _ in range(2):
        issue_token(in_acme, name="job", lifetime=_MINUTE, **give)
    with pytest.raises(DomainError, match="2 tokens"):
        issue_token(in_acme, name="job", lifetime=_MINUTE, **give)
    assert ApiToken.objects.count() == 2
