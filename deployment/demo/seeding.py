"""Have the demo's tenants, people and blueprints; what is there already stays as it is."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.utils import timezone

from blueprints.catalog import examples
from blueprints.catalog.models import Blueprint, Project
from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project, update_project
from deployment.demo.people import AUTHOR, CONTRACT, CONTRACTOR, PEOPLE, DemoTenant
from iac_platform.common.audit import SystemActor
from rbac import tokens
from rbac.access.holdings import Limits, Period
from rbac.models import ApiToken, Team, User
from rbac.services.grants import grant_role
from rbac.services.roles import find_role
from rbac.services.teams import add_member, create_team
from rbac.services.tokens import create_token
from rbac.services.users import change_password, create_user
from tenants.context import tenant_scope
from tenants.models import PLATFORM_TENANT_ID, Tenant
from tenants.tenants.services import create_tenant

if TYPE_CHECKING:
    from deployment.demo.description import Account, Credentials, Person

ACTOR = SystemActor("manage.py seed_demo")
TOKEN_NAME = "Demo"  # noqa: S105 - what the token is called


def ensure_tenant(wanted: DemoTenant) -> Tenant:
    """Return the demo's tenant, created if it is not there; its placement may still be pending."""
    tenant = Tenant.objects.select_related("placement").filter(slug=wanted.slug).first()
    if tenant is not None:
        return tenant
    with tenant_scope(Tenant.objects.select_related("placement").get(id=PLATFORM_TENANT_ID)):
        return create_tenant(slug=wanted.slug, name=wanted.name, tier=wanted.tier, actor=ACTOR)


def ensure_account(tenant: Tenant, username: str, role: str, known: Credentials) -> Account:
    """Return how somebody signs in; the password of an earlier start goes on being right."""
    with tenant_scope(tenant):
        user = User.objects.filter(username=username).first()
        password = known.password(tenant.slug, username)
        if user is None:
            password = password or secrets.token_urlsafe(18)
            create_user(username=username, password=password, roles=[role], actor=ACTOR)
        elif not user.check_password(password):
            # The file that told it is gone, or somebody changed it: the demo tells a new one.
            password = secrets.token_urlsafe(18)
            change_password(user, password=password, actor=ACTOR)
    return {"username": username, "password": password}


def ensure_people(tenant: Tenant, known: Credentials) -> list[Person]:
    """Return the tenant's admin, engineer and viewer, each with a live token."""
    return [
        {
            **ensure_account(tenant, username, role, known),
            "role": role,
            "api_token": _ensure_token(tenant, username, known.token(tenant.slug, username)),
        }
        for username, role in PEOPLE
    ]


def ensure_blueprint(tenant: Tenant, wanted: DemoTenant) -> Blueprint:
    """Return the worked blueprint, drawn by the tenant's engineer if it is not there."""
    with tenant_scope(tenant):
        author = User.objects.get(username=AUTHOR)
        project = Project.objects.filter(name=wanted.project).first() or create_project(
            name=wanted.project, description="A worked example of the demo.", actor=author
        )
        found = Blueprint.objects.filter(project=project, name=wanted.blueprint).first()
        return found or create_blueprint(
            project,
            name=wanted.blueprint,
            document=examples.load(wanted.example),
            description="Load balancer, autoscaled web servers and a private database.",
            message="Worked example",
            actor=author,
        )


def ensure_team(tenant: Tenant, wanted: DemoTenant) -> Team:
    """Return the team that builds the worked project, with a role there for a while."""
    with tenant_scope(tenant):
        project = Project.objects.get(name=wanted.project)
        name = f"{wanted.project} team"
        team = Team.objects.filter(name=name).first()
        if team is not None:
            return team
        team = create_team(name=name, description="Builds the worked example.", actor=ACTOR)
        update_project(project, changes={"team": team}, actor=ACTOR)
        contractor = User.objects.filter(username=CONTRACTOR).first() or create_user(
            username=CONTRACTOR, full_name="Carol Contractor", actor=ACTOR
        )
        add_member(team, contractor, actor=ACTOR)
        grant_role(
            team,
            find_role("system-engineer"),
            limits=Limits(projects=frozenset({project.pk})),
            period=Period(expires_at=timezone.now() + CONTRACT),
            actor=ACTOR,
        )
        return team


def _ensure_token(tenant: Tenant, username: str, known: str) -> str:
    with tenant_scope(tenant):
        user = User.objects.get(username=username)
        held = ApiToken.objects.filter(user=user, digest=tokens.digest(known)).first()
        if held is not None and held.is_live:
            return known
        return create_token(user, name=TOKEN_NAME, actor=ACTOR)[1]
