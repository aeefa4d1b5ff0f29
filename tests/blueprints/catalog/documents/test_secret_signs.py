"""What gives a secret away, and what only looks like one."""

from __future__ import annotations

import time

import pytest

from blueprints.catalog.documents.secret_signs import (
    is_secret_name,
    is_secret_text,
    is_secret_under,
)

NAMES = """
password master_password auth_token private_key private_key_pem primary_key secondary_key secret
default_primary_connection_string kube_config kube_config_raw DB_PASSWORD dbPassword db-password
PGPASSWORD MYSQL_PWD Passwd dbPasswordProd PASSWORD2 DB_PASSWORD_OLD ACCESSTOKEN privatekey apiKey
API-KEY clientSecret AWS_SECRET_ACCESS_KEY PASSPHRASE connectionString GITHUB_TOKEN password_wo
"""
#: Clouds have them for other things too, so that only a text decides.
DOUBTFUL = """
pass db-pass DB_PASS pw PW db_pw dbPw
TOKENS ACCESS_TOKENS JWT CREDENTIALS DSN SIGNING_KEY ENCRYPTION_KEY
"""
OTHERS = """
password_length password_policy secret_id secret_arn secret_name token_endpoint TOKEN_TTL token_url
MAX_TOKENS max_tokens aws:TokenIssueTime Result partition_key public_key key_name kms_key_id
PWD OLDPWD pw_policy PW_LENGTH PWA
BYPASS compass passive PASSENGERS key_vault_id credentials_arn jwt_configuration
ENCRYPTION_KEY_ID DSN_NAME tokenizer secretary sort_key
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_secrets_are_known_by_their_names(name: str) -> None:
    assert is_secret_name(name)
    assert is_secret_under(name, "hunter2")
    assert is_secret_under(name, 4711)
    assert not is_secret_under(name, value=True)


@pytest.mark.parametrize("name", DOUBTFUL.split())
def test_what_may_be_a_secret_is_one_if_a_text_stands_there(name: str) -> None:
    assert not is_secret_name(name)
    assert is_secret_under(name, "hunter2")
    places: tuple[object, ...] = (
        "",
        "4096",
        4096,
        "arn:aws:iam::111122223333:role/a",
        "/shop/database",
        {},
        None,
    )
    assert not [place for place in places if is_secret_under(name, place)]


@pytest.mark.parametrize("name", OTHERS.split())
def test_other_names_are_no_sign(name: str) -> None:
    assert not is_secret_name(name)
    assert not is_secret_under(name, "hunter2")


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PRIVATE KEY-----\nMIIE",
        "-----BEGIN RSA PRIVATE KEY-----",
        "x\n-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE;",
        "ASIAIOSFODNN7EXAMPLE",
        "postgres://app:hunter2@db.example.com/shop",
        "https://:hunter2@example.com",
        "git clone https://x-access-token:ghp_abc@github.com/a/b",
    ],
)
def test_some_texts_can_only_be_secrets(text: str) -> None:
    assert is_secret_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----",
        "AKIAIOSFODNN7EXAMPLES",
        "XAKIAIOSFODNN7EXAMPLE",
        "postgres://app@db.example.com:5432/shop",
        "https://example.com:8443/me@here",
        "https://example.com/?next=http:me@here",
        "https://app:$TOKEN@example.com",
        "https://app:${token}@example.com",
        "https://app:{{ token }}@example.com",
        "https://app:<token>@example.com",
        "https://app:%s@example.com",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert not is_secret_text(text)


@pytest.mark.parametrize(
    "text", ["://a:" * 400_000, "a://" * 500_000, "A" * 2_000_000, "-----BEGIN " * 180_000]
)
def test_a_long_text_takes_no_long_time(text: str) -> None:
    start = time.process_time()
    is_secret_text(text)
    assert time.process_time() - start < 1
