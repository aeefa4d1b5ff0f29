"""CI systems that are known: their issuers, and what of their tokens names an owner.

Anybody can have a job at GitHub Actions, GitLab.com or HCP Terraform, and so a valid token of that
issuer, with any audience. Only the owner tells a tenant's own jobs from a stranger's.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Protocol

from django.db import models

from sso.workload_identity.patterns import is_literal, literal_part


class Platform(models.TextChoices):
    """What issues the tokens: it decides defaults, and which conditions are required."""

    GITHUB = "github", "GitHub Actions"
    GITLAB = "gitlab", "GitLab CI"
    TERRAFORM = "terraform", "HCP Terraform"
    GENERIC = "generic", "Another issuer"


class Conditions(Protocol):
    """What says which tokens of which issuer are trusted."""

    platform: str
    issuer: str
    subject: str
    claims: dict[str, str]


class _Known(NamedTuple):
    """A platform whose issuer is shared by everybody.

    Attributes:
        issuer: its own; of GitHub Enterprise Server or a GitLab of one's own it is another.
        subject: how a subject begins that names an owner.
        claims: those of which each names an owner.
        example: such a subject.
    """

    issuer: str
    subject: re.Pattern[str]
    claims: tuple[str, ...]
    example: str


# https://docs.github.com/actions/reference/security/oidc
# https://docs.gitlab.com/ci/secrets/id_token_authentication/
# https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens
KNOWN: Final[dict[Platform, _Known]] = {
    Platform.GITHUB: _Known(
        "https://token.actions.githubusercontent.com",
        re.compile(r"repo:[^/*:]+/"),
        ("repository_owner_id", "repository_id", "repository_owner", "repository"),
        "repo:octo-org/infrastructure:environment:production",
    ),
    Platform.GITLAB: _Known(
        "https://gitlab.com",
        re.compile(r"project_path:[^/*:]+/"),
        ("namespace_id", "project_id", "namespace_path", "project_path"),
        "project_path:my-group/infrastructure:ref_type:branch:ref:main",
    ),
    Platform.TERRAFORM: _Known(
        "https://app.terraform.io",
        re.compile(r"organization:[^/*:]+:"),
        ("terraform_organization_id", "terraform_organization_name"),
        "organization:my-org:project:*:workspace:infrastructure:run_phase:apply",
    ),
}
# Shared as well, without a choice of their own.
# https://buildkite.com/docs/pipelines/security/oidc
# https://cloud.google.com/docs/authentication/get-id-token
_ALSO_SHARED: Final[tuple[_Known, ...]] = (
    _Known(
        "https://agent.buildkite.com",
        re.compile(r"organization:[^/*:]+:"),
        ("organization_id", "organization_slug"),
        "organization:my-org:pipeline:infrastructure:ref:refs/heads/main:*",
    ),
    # Of a service account, the subject is its number.
    _Known("https://accounts.google.com", re.compile(r"[0-9]+\Z"), (), "112233445566778899000"),
)
# Where a pattern of an owner's things ends before its wildcard.
_SEPARATORS: Final = ("/", ":")
_SEPARATED: Final = re.compile(r"[/:]")
_LEAST_PARTS: Final = 2
# What GitHub sets where a workflow asks for no audience, so every service has tokens with it.
_GITHUBS_OWN_AUDIENCE: Final = "https://github.com/"


def platform_of(issuer: str) -> Platform | None:
    """The platform whose shared issuer this is, or whose enterprises' issuers stand below it."""
    for platform, known in KNOWN.items():
        if issuer == known.issuer or issuer.startswith(f"{known.issuer}/"):
            return platform
    return None


def shared_issuer(platform: Platform, issuer: str) -> _Known | None:
    """What must name an owner at an issuer whose tokens anybody can get; None at any other."""
    also = next((each for each in _ALSO_SHARED if each.issuer == issuer), None)
    return KNOWN.get(platform, also)


def names_owner(identity: Conditions) -> bool:
    """Whether conditions can be met by jobs of one owner alone.

    Of an issuer that is not known, nothing says which claims name one; so the subject must.
    """
    known = shared_issuer(Platform(identity.platform), identity.issuer)
    if known is None:
        return _is_narrow(identity.subject, least_parts=_LEAST_PARTS)
    if known.subject.match(identity.subject):
        return True
    claims = identity.claims
    return any(_is_narrow(claims[name]) for name in known.claims if claims.get(name))


def _is_narrow(pattern: str, *, least_parts: int = 1) -> bool:
    """Whether a pattern is one value, or all below so many names."""
    if is_literal(pattern):
        return bool(pattern)
    before = literal_part(pattern)
    names = [name for name in _SEPARATED.split(before) if name]
    return before.endswith(_SEPARATORS) and len(names) >= least_parts


def is_everybodys(platform: Platform, audience: str) -> bool:
    """Whether tokens for an audience are shown to services of any kind."""
    return platform == Platform.GITHUB and audience.startswith(_GITHUBS_OWN_AUDIENCE)
