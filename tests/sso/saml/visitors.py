"""Browsers at a tenant's host, and an identity provider that answers for them right now."""

from __future__ import annotations

import zlib
from base64 import b64decode
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from django.utils import timezone
from lxml import etree

from sso.saml.services.configurations import create_configuration
from tenants.context import tenant_scope
from tests.api_client import host_of
from tests.conftest import ACTOR
from tests.sso.saml.protocol import drafts
from tests.sso.saml.protocol.describing import metadata_document
from tests.sso.saml.protocol.drafts import Draft, posted
from tests.sso.visitors import Visitor as AnyVisitor
from tests.sso.visitors import events, sessions

if TYPE_CHECKING:
    from sso.saml.models import SamlConfiguration
    from tenants.models import Tenant

__all__ = [
    "COOKIE",
    "Idp",
    "Visitor",
    "configure",
    "events",
    "instant",
    "sessions",
]

COOKIE = "__Host-saml"


def configure(tenant: Tenant, slug: str = "okta", **given: Any) -> SamlConfiguration:
    """Have a tenant trust the identity provider of these tests."""
    given.setdefault("metadata_xml", metadata_document().decode())
    with tenant_scope(tenant):
        return create_configuration(name=slug.title(), slug=slug, actor=ACTOR, **given)


class Visitor(AnyVisitor):
    """A browser that signs on by SAML."""

    def begin(self, slug: str = "okta", **query: str) -> str:
        """Begin a sign-on; the ID of the request that the browser takes along."""
        answer = self.get(f"/sso/saml/{slug}/login/", query)
        assert answer.status_code == 302, answer
        return request_id_in(answer["Location"])

    def bring(self, response: Any, slug: str = "okta", **fields: str) -> Any:
        """Bring a response to the assertion consumer service."""
        encoded = response if isinstance(response, str) else posted(response)
        return self.post(f"/sso/saml/{slug}/acs/", {"SAMLResponse": encoded, **fields})

    def sign_on(self, slug: str = "okta", **said: Any) -> Any:
        """Sign on from beginning to end; the answer to the response."""
        idp = Idp(self.tenant, slug)
        return self.bring(idp.response(self.begin(slug), **said), slug)


@dataclass(frozen=True)
class Idp:
    """The identity provider, answering for one configuration of a tenant."""

    tenant: Tenant
    slug: str = "okta"

    def draft(self, request_id: str | None, **said: Any) -> Draft:
        """What it says at this moment."""
        at = f"http://{host_of(self.tenant)}/sso/saml/{self.slug}"
        audience = f"<saml:Audience>{at}/metadata/</saml:Audience>"
        number = uuid4().hex
        return Draft().change(
            **{
                "response_id": f"_r{number}",
                "assertion_id": f"_a{number}",
                "response_issued": instant(0),
                "issued": instant(0),
                "destination": f"{at}/acs/",
                "recipient": f"{at}/acs/",
                "in_response_to": request_id,
                "confirmed_request": request_id,
                "confirmed_until": instant(300),
                "not_before": instant(-30),
                "not_on_or_after": instant(300),
                "authenticated": instant(0),
                "session_until": instant(3600),
                "audience": f"<saml:AudienceRestriction>{audience}</saml:AudienceRestriction>",
            }
            | said
        )

    def response(self, request_id: str | None, **said: Any) -> Any:
        """The same, signed."""
        return drafts.response(self.draft(request_id, **said))


def instant(seconds: float) -> str:
    """A moment so many seconds from now."""
    return (timezone.now() + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def request_id_in(url: str) -> str:
    """The ID of the AuthnRequest that a redirect carries."""
    packed = parse_qs(urlsplit(url).query)["SAMLRequest"][0]
    root = etree.fromstring(zlib.decompress(b64decode(packed), -zlib.MAX_WBITS))
    return str(root.get("ID"))
