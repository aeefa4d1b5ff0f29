"""What OAuth's endpoints take and answer, for the API's description."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from sso.oauth.errors import OAuthErrorCode
from sso.oauth.models import MAX_CLIENT_NAME

TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105  # of RFC 8693
DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
ACCESS_TOKEN_TYPE: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  # likewise
SUBJECT_TOKEN_TYPES: Final = (
    "urn:ietf:params:oauth:token-type:jwt",
    "urn:ietf:params:oauth:token-type:id_token",
)


class OAuthToken(serializers.Serializer[Any]):
    """A request for a token: by RFC 8693 of a workload, by RFC 8628 of a device."""

    grant_type = serializers.ChoiceField(choices=[TOKEN_EXCHANGE, DEVICE_CODE])
    client_id = serializers.CharField(
        required=False,
        help_text="Of a token exchange, the id of the workload identity. Of a device, as before.",
    )
    subject_token = serializers.CharField(
        required=False, help_text="Of a token exchange: the workload's own token, a signed JWT."
    )
    subject_token_type = serializers.ChoiceField(choices=SUBJECT_TOKEN_TYPES, required=False)
    requested_token_type = serializers.ChoiceField(choices=[ACCESS_TOKEN_TYPE], required=False)
    scope = serializers.CharField(
        required=False,
        help_text="Of a token exchange: names of permissions, separated by spaces; without, all.",
    )
    device_code = serializers.CharField(required=False, help_text="Of a device.")


class OAuthDevice(serializers.Serializer[Any]):
    """A device that asks for a token (RFC 8628, section 3.1)."""

    client_id = serializers.CharField(
        max_length=MAX_CLIENT_NAME,
        help_text="What the program calls itself. Programs are not registered, so people are "
        "shown it as a name alone.",
    )
    scope = serializers.CharField(
        required=False,
        help_text="Names of permissions, separated by spaces; without, all that the person has.",
    )


class DeviceAuthorizationResponse(serializers.Serializer[Any]):
    """What the device keeps, and what it shows."""

    device_code = serializers.CharField()
    user_code = serializers.CharField(help_text="What the person types.")
    verification_uri = serializers.CharField(help_text="Where they type it.")
    verification_uri_complete = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds in which it must be approved.")
    interval = serializers.IntegerField(help_text="Seconds to wait between two polls.")


class TokenResponse(serializers.Serializer[Any]):
    """A token that was issued. Keep it: it is never shown again."""

    access_token = serializers.CharField()
    issued_token_type = serializers.CharField(required=False)
    token_type = serializers.ChoiceField(choices=["Bearer"])
    expires_in = serializers.IntegerField(
        required=False, help_text="Seconds; left out where it does not expire."
    )
    scope = serializers.CharField(
        required=False, help_text="To what the token is limited, separated by spaces."
    )


class OAuthErrorResponse(serializers.Serializer[Any]):
    """A refusal, as OAuth writes it."""

    error = serializers.ChoiceField(choices=[each.value for each in OAuthErrorCode])
    error_description = serializers.CharField()
