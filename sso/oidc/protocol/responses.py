"""What a browser brings back: an authorization response (RFC 6749, section 4.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sso.federation.errors import quoted
from sso.oidc.protocol.documents import printable
from sso.oidc.protocol.rules import OidcError, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sso.oidc.protocol.discovery import ProviderMetadata

MAX_PARAMETER: Final = 4096
_READ: Final = ("state", "code", "iss", "error", "error_description")


def read_parameters(query: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The parameters that mean something, each at most once (RFC 6749, section 3.1)."""
    read = {name: query.get(name, ()) for name in _READ}
    for name, values in read.items():
        if len(values) > 1 or any(len(value) > MAX_PARAMETER for value in values):
            raise OidcError(Rule.PARAMETERS, f"{name} is there twice, or too long.")
    return {name: values[0] for name, values in read.items() if values}


def authorization_code(parameters: Mapping[str, str], provider: ProviderMetadata) -> str:
    """The code that a response to a request of this browser brings.

    Args:
        parameters: from ``read_parameters``; the state was found.
        provider: to whom the request went.

    Raises:
        OidcError: it is another provider's answer (RFC 9207), or the provider signed nobody on.
    """
    _require_issuer(parameters, provider)
    if "error" in parameters:
        description = parameters.get("error_description")
        raise OidcError(
            Rule.ERROR,
            f"The provider answered {quoted(parameters['error'])}: {quoted(description)}.",
        )
    if not parameters.get("code"):
        raise OidcError(Rule.PARAMETERS, "The response has no code.")
    return printable(parameters["code"], "code", Rule.PARAMETERS)


def _require_issuer(parameters: Mapping[str, str], provider: ProviderMetadata) -> None:
    """Compare whom the response says it is from; a provider that always says so must."""
    issuer = parameters.get("iss")
    if issuer == provider.issuer or (issuer is None and not provider.sends_iss):
        return
    raise OidcError(
        Rule.RESPONSE_ISSUER,
        f"The response is from the issuer {quoted(issuer)}, not {quoted(provider.issuer)}.",
    )
