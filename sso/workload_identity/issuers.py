"""CI systems that are known: their issuers, and what of their tokens names an owner.

Anybody can have a job at GitHub Actions, GitLab.com or HCP Terraform, and so a valid token of that
issuer, with any audience. Only the owner tells a tenant's own jobs from a stranger's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import models

from sso.workload_identity.patterns import is_literal, literal_part

if TYPE_CHECKING:
    from collections.abc import Mapping


class Platform(models.TextChoices):
    """What issues the tokens: it decides defaults, and which conditions are required."""

    GITHUB = "github", "GitHub Actions"
    GITLAB = "gitlab", "GitLab CI"
    TERRAFORM = "terraform", "HCP Terraform"
    GENERIC = "generic", "Another issuer"


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
# Where a pattern of an owner's things ends before its wildcard.
_SEPARATORS: Final = ("/", ":")
# What GitHub sets where a workflow asks for no audience, so every service has tokens with it.
_GITHUBS_OWN_AUDIENCE: Final = "https://github.com/"


def platform_of(issuer: str) -> Platform | None:
    """The platform whose shared issuer this is, or whose enterprises' issuers stand below it."""
    for platform, known in KNOWN.items():
        if issuer == known.issuer or issuer.startswith(f"{known.issuer}/"):
            return platform
    return None


def names_owner(platform: Platform, subject: str, claims: Mapping[str, str]) -> bool:
    """Whether conditions can be met by jobs of one owner alone.

    Args:
        platform: what issues the tokens.
        subject: the pattern of the subject; empty for any.
        claims: the patterns of claims.
    """
    known = KNOWN.get(platform)
    if known is None:
        return any(map(_is_narrow, (subject, *claims.values())))
    if known.subject.match(subject):
        return True
    return any(_is_narrow(claims[name]) for name in known.claims if claims.get(name))


def _is_narrow(pattern: str) -> bool:
    """Whether a pattern is one value, or all below one name."""
    return bool(pattern) and (is_literal(pattern) or literal_part(pattern).endswith(_SEPARATORS))


def is_everybodys(platform: Platform, audience: str) -> bool:
    """Whether tokens for an audience are shown to services of any kind."""
    return platform == Platform.GITHUB and audience.startswith(_GITHUBS_OWN_AUDIENCE)
