"""A provider of the tests, which misbehaves in exactly the way that a test asks for.

It is written against joserfc's signing, and shares no code with what verifies here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
import warnings
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from tests.https_server import HttpsServer
from tests.internet import certificate
from tests.sso.oidc.visitors import parameters_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from joserfc.jwk import Key

CLIENT_ID = "platform"
CLIENT_SECRET = "only-for-tests:%+/&="
Json = dict[str, Any]


@cache
def rsa_key(name: str, bits: int = 2048) -> RSAKey:
    """A key pair of a name, which is its key ID."""
    with warnings.catch_warnings(action="ignore"):  # of weak ones
        return RSAKey.generate_key(bits, {"kid": name, "use": "sig", "alg": "RS256"}, private=True)


@cache
def ec_key(name: str) -> ECKey:
    """The same on a curve."""
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig"}, private=True)


def encoded(data: bytes) -> str:
    """Base64url as JOSE has it."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims: Json, header: Json, key: Key) -> str:
    """A signed JWT."""
    registry = jws.JWSRegistry(algorithms=[str(header["alg"])], strict_check_header=False)
    registry.max_header_length = 100_000
    return jws.serialize_compact(header, json.dumps(claims), key, registry=registry)


def unsigned(claims: Json) -> str:
    """A JWT of the algorithm none."""
    parts = ({"alg": "none"}, claims)
    return ".".join(encoded(json.dumps(part).encode()) for part in parts) + "."


def hashed(claims: Json, secret: bytes) -> str:
    """A JWT of the algorithm HS256, under what everybody or the client knows."""
    parts = ({"alg": "HS256", "kid": "first"}, claims)
    text = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    return f"{text}.{encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def corrupted(claims: Json) -> str:
    """A JWT whose signature is another's."""
    text, _, _ = signed(claims, {"alg": "RS256", "kid": "first"}, rsa_key("first")).rpartition(".")
    return f"{text}.{encoded(b'x' * 256)}"


def extended(claims: Json) -> str:
    """A JWT that asks for an extension, which joserfc would not sign."""
    parts = ({"alg": "RS256", "kid": "first", "crit": ["exp"], "exp": 0}, claims)
    text = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    key: Any = rsa_key("first").private_key
    return f"{text}.{encoded(key.sign(text.encode(), PKCS1v15(), SHA256()))}"


@dataclass
class Behaviour:
    """How it answers; what is None in a change is left out of the answer.

    Attributes:
        discovery, claims, userinfo, response, tokens: changes of what it says otherwise.
        header: of the ID token.
        signing: the key that it signs with.
        published: the keys that it publishes.
        write: what makes an ID token of its claims, instead of a signature.
        status: of the answer at a path; 200 otherwise.
        body: what it answers at a path instead.
        refreshes: whether it gives refresh tokens, each for one use.
        silent: the paths at which it answers nothing, and keeps the connection.
    """

    discovery: Json = field(default_factory=dict)
    claims: Json = field(default_factory=dict)
    userinfo: Json = field(default_factory=dict)
    response: Json = field(default_factory=dict)
    tokens: Json = field(default_factory=dict)
    header: Json = field(default_factory=dict)
    signing: Key = field(default_factory=lambda: rsa_key("first"))
    published: list[Json] | None = None
    write: Callable[[Json], str] | None = None
    status: dict[str, str] = field(default_factory=dict)
    body: dict[str, bytes] = field(default_factory=dict)
    refreshes: bool = False
    silent: frozenset[str] = frozenset()


class _Refusal(Exception):
    """What is answered with 400."""


class ProviderAtHand:
    """One provider on a free port of this machine.

    Attributes:
        issuer: what it calls itself.
        behaviour: how it answers from now on.
        asked: the paths that it was asked, in order.
    """

    def __init__(self) -> None:
        self._server = HttpsServer(certificate(), self._answer)
        self.issuer = f"https://127.0.0.1:{self._server.port}"
        self.behaviour = Behaviour()
        self.asked: list[str] = []
        self.revoked: list[str] = []
        self._authorized: dict[str, str] = {}
        self._refresh_tokens: list[str] = []

    @contextmanager
    def running(self) -> Iterator[ProviderAtHand]:
        """Serve in a thread."""
        with self._server.running():
            yield self

    def authorize(self, url: str) -> str:
        """Sign somebody on at once; where their browser is sent back to."""
        self._authorized = parameters_of(url)
        answer = {"code": "a-code", "state": self._authorized["state"], "iss": self.issuer}
        said = urlencode(_changed(answer, self.behaviour.response))
        return f"{self._authorized['redirect_uri']}?{said}"

    def _answer(self, browser: ssl.SSLSocket) -> None:
        request = self._read(browser)
        path = request.split(" ")[1]
        self.asked.append(path)
        if path in self.behaviour.silent:
            browser.recv(1)  # until whoever asked hangs up
            return
        status = self.behaviour.status.get(path, "200 OK")
        found = self.behaviour.body.get(path, b"{}" if path in self.behaviour.status else None)
        try:
            body = json.dumps(self._said(path, request)).encode() if found is None else found
        except _Refusal as refusal:
            body, status = json.dumps({"error": str(refusal)}).encode(), "400 Bad Request"
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n"
        browser.sendall(head.encode() + body)

    def _read(self, browser: ssl.SSLSocket) -> str:
        """The whole request; what is posted comes after the head."""
        request = self._server.asked[-1]
        head, _, posted = request.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\nContent-Length: (\d+)", head)
        while length is not None and len(posted) < int(length[1]):
            posted += browser.recv(65536)
        self._server.asked[-1] = head + b"\r\n\r\n" + posted
        return self._server.asked[-1].decode()

    def _said(self, path: str, request: str) -> Json:
        at: dict[str, Callable[[], Json]] = {
            "/.well-known/openid-configuration": self._discovery,
            "/keys": lambda: {"keys": self._published()},
            "/token": lambda: self._tokens(request),
            "/userinfo": lambda: self._userinfo(request),
            "/revoke": lambda: self._revoke(request),
        }
        return at[path]()

    def _discovery(self) -> Json:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "end_session_endpoint": f"{self.issuer}/logout",
            "authorization_response_iss_parameter_supported": True,
        }
        return _changed(document, self.behaviour.discovery)

    def _published(self) -> list[Json]:
        if self.behaviour.published is not None:
            return self.behaviour.published
        return [dict(self.behaviour.signing.as_dict(private=False))]

    def _tokens(self, request: str) -> Json:
        posted = parse_qs(request.partition("\r\n\r\n")[2])
        if posted["grant_type"] == ["refresh_token"]:
            self._take_refresh_token(posted["refresh_token"][0])
        else:
            verifier = posted["code_verifier"][0]
            challenge = encoded(hashlib.sha256(verifier.encode()).digest())
            assert challenge == self._authorized["code_challenge"]
            assert posted["redirect_uri"][0] == self._authorized["redirect_uri"]
        said: Json = {"access_token": "an-access-token", "token_type": "Bearer"}
        if self.behaviour.refreshes:
            self._refresh_tokens.append(secrets.token_urlsafe())
            said |= {"refresh_token": self._refresh_tokens[-1], "expires_in": 600}
        return _changed({**said, "id_token": self._id_token()}, self.behaviour.tokens)

    def logout_token(self, **changes: Any) -> str:
        """A logout token for Ada, with these claims changed."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(),
            "sub": "ada",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        behaviour, said = self.behaviour, _changed(claims, changes)
        if behaviour.write is not None:
            return behaviour.write(said)
        header = {"alg": "RS256", "typ": "logout+jwt", "kid": behaviour.signing.kid}
        return signed(said, _changed(header, behaviour.header), behaviour.signing)

    def _take_refresh_token(self, token: str) -> None:
        """Each is good once; the second use ends all that came of it."""
        if self._refresh_tokens[-1:] != [token]:
            self._refresh_tokens.clear()
            raise _Refusal("invalid_grant")

    def _revoke(self, request: str) -> Json:
        self.revoked += parse_qs(request.partition("\r\n\r\n")[2])["token"]
        return {}

    def end_grant(self) -> None:
        """Take back what it gave, as an admin there does."""
        self._refresh_tokens.clear()

    @property
    def refresh_token(self) -> str:
        """The one that is good right now."""
        return self._refresh_tokens[-1]

    def _id_token(self) -> str:
        now = int(time.time())
        digest = hashlib.sha256(b"an-access-token").digest()
        claims = {
            "iss": self.issuer,
            "sub": "ada",
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": self._authorized["nonce"],
            "at_hash": encoded(digest[:16]),
        }
        behaviour = self.behaviour
        said = _changed(claims, behaviour.claims)
        if behaviour.write is not None:
            return behaviour.write(said)
        header = {"alg": "RS256", "kid": behaviour.signing.kid}
        return signed(said, _changed(header, behaviour.header), behaviour.signing)

    def _userinfo(self, request: str) -> Json:
        assert "authorization: bearer an-access-token" in request.lower()
        said = {"sub": "ada", "email": "ada@example.com", "email_verified": True, "name": "Ada"}
        return _changed(said, self.behaviour.userinfo)

    def authorization_headers(self) -> list[str]:
        """The credentials that its token endpoint was shown."""
        return [
            line.partition(": ")[2]
            for request in self._server.asked
            for line in request.decode().split("\r\n")
            if request.startswith(b"POST /token") and line.startswith("Authorization: ")
        ]

    def forms(self) -> list[dict[str, list[str]]]:
        """What was posted to its token endpoint."""
        return [
            parse_qs(request.decode().partition("\r\n\r\n")[2])
            for request in self._server.asked
            if request.startswith(b"POST /token")
        ]


def _changed(said: Json, changes: Json) -> Json:
    return {name: value for name, value in {**said, **changes}.items() if value is not None}
