"""What the suites know of e-mail domains: valid requests, and who may send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.common.audit import SystemActor
from sso.email_domains.models import EmailDomain
from sso.email_domains.services.email_domains import (
    create_email_domain,
    delete_email_domain,
    update_email_domain,
    verify_email_domain,
)
from sso.saml.models import SamlConfiguration
from tenants.domains.records import new_challenge, proof_of
from tests.api.resources.saml import configured
from tests.api.sample import Sample, address_of
from tests.api.zone import publish

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture

_ACTOR = SystemActor("tests")


def make(fixture: Fixture) -> dict[str, Any]:
    """A domain that DNS would prove, and another identity provider."""
    domain = create_email_domain(
        domain=f"{fixture.owner.pk.hex}.example",
        provider_kind="saml",
        provider_id=configured("Led", fixture).pk,
        actor=_ACTOR,
    )
    publish(domain)
    return {"email_domain": domain, "other_provider": configured("Other", fixture)}


def more_email_domains(fixture: Fixture, count: int) -> None:
    """Domains that are not verified."""
    del fixture
    EmailDomain.objects.bulk_create(
        EmailDomain(domain=f"n{number}.example.net", challenge=new_challenge())
        for number in range(count)
    )


def _provider(fixture: Fixture) -> dict[str, str]:
    return {"provider_kind": "saml", "provider_id": str(fixture.more["other_provider"].pk)}


_DOMAIN = address_of("email_domain")

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
sso/email-domains/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
sso/email-domains/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
    PATCH  -     200 403 404 404 404 404 404 404 404 401 200
    DELETE -     204 403 404 404 404 404 404 404 404 401 204
sso/email-domains/{pk}/verify/
    POST   -     200 403 404 404 404 404 404 404 404 401 200
"""

SAMPLES = {
    "GET /api/v1/sso/email-domains/": Sample(fill=more_email_domains),
    "POST /api/v1/sso/email-domains/": Sample(
        201,
        body=lambda fixture: {"domain": "initech.example", **_provider(fixture)},
        references=("provider_id",),
    ),
    "GET /api/v1/sso/email-domains/{pk}/": Sample(address=_DOMAIN),
    "PATCH /api/v1/sso/email-domains/{pk}/": Sample(
        address=_DOMAIN, body=_provider, references=("provider_id",)
    ),
    "POST /api/v1/sso/email-domains/{pk}/verify/": Sample(address=_DOMAIN),
    "DELETE /api/v1/sso/email-domains/{pk}/": Sample(204, address=_DOMAIN),
}


def _leads(it: Any) -> dict[str, Any]:
    return {"provider_kind": "saml", "provider_id": it["other_provider"].pk}


def _elsewhere(domain: EmailDomain) -> dict[str, Any]:
    ids = SamlConfiguration.objects.values_list("pk", flat=True)
    return {"provider_id": next(each for each in ids if each != domain.provider_id)}


class _Proven:
    """DNS that holds the proof of a domain."""

    def __init__(self, domain: EmailDomain) -> None:
        self._proof = proof_of(domain.domain, domain.challenge)

    def texts(self, name: str) -> list[bytes]:
        """It alone."""
        return [self._proof.value.encode()] if name == self._proof.name else []


# Every service with an actor; and those that compare revisions.
SERVICES = {
    "email_domains.create_email_domain": lambda it, who: create_email_domain(
        domain="initech.example", **_leads(it), actor=who
    ),
    "email_domains.update_email_domain": lambda it, who: update_email_domain(
        it["email_domain"], actor=who, changes=_leads(it)
    ),
    "email_domains.delete_email_domain": lambda it, who: delete_email_domain(
        it["email_domain"], actor=who
    ),
    "email_domains.verify_email_domain": lambda it, who: verify_email_domain(
        it["email_domain"], actor=who, source=_Proven(it["email_domain"])
    ),
}
REVISED_SERVICES = {
    "email_domains.update_email_domain": (
        "email_domain",
        lambda it, seen: update_email_domain(
            it, actor=_ACTOR, changes=_elsewhere(it), revision=seen
        ),
    ),
    "email_domains.delete_email_domain": (
        "email_domain",
        lambda it, seen: delete_email_domain(it, actor=_ACTOR, revision=seen),
    ),
}

# The admin: who may view, add, change and delete; its forms and filters.
_WRITERS = frozenset({"admin", "operator"})
ADMIN_RIGHTS: dict[str, tuple[frozenset[str], ...]] = {
    "email_domains.emaildomain": (
        _WRITERS | {"enterprise-architect"},
        _WRITERS,
        _WRITERS,
        _WRITERS,
    )
}


def _chosen(fixture: Fixture) -> dict[str, str]:
    return {"provider": f"saml {fixture.more['other_provider'].pk}"}


ADMIN_FORMS: dict[str, Any] = {
    "email_domains_emaildomain_add": lambda fixture: {
        "domain": "initech.example",
        **_chosen(fixture),
    },
    "email_domains_emaildomain_change": _chosen,
    "email_domains_emaildomain_delete": {},
    "email_domains_emaildomain_check_dns": {},
}
ADMIN_FILTERS: dict[str, set[str]] = {"email_domains.emaildomain": set()}
