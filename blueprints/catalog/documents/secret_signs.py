"""What gives a secret away: the names that people give it, and texts that are nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: What schemas do not call sensitive and yet is: they say little of nested blocks.
_NAMES = re.compile(
    r"(?:.*passwords?|.*passwd|.*passphrase|.+_pwd"
    r"|(?:.*_)?(?:private_?key|secret|secret_?key|secret_string|secret_binary"
    r"|secret_data|access_?key|account_key|api_?key|preshared_key|primary_key|readonly_key"
    r"|secondary_key|shared_key|(?:access|api|auth|bearer|refresh)?token|auth_string"
    r"|connection_?string|kube_config|kube_admin_config|raw))"
    r"(?:_?\d{1,3}|_(?:prod|production|staging|stage|test|dev|old|new))?(?:_wo)?(?:_base64|_pem)?"
)
#: Names that clouds have for other things too, as the role of an integration.
_DOUBTFUL = re.compile(
    r"(?:.*_)?(?:pass|pw|credentials?|creds|dsn|jwt|signing_?key|encryption_?key)"
    r"|(?:.*_)?(?:access|api|auth|bearer|refresh)_?tokens|tokens"
)
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-.]")
#: A private key, the id of an access key of AWS, a password in an address. What a shell or a
#: template puts in its place is none. Bounded, so that a long text takes no long time.
_TEXTS = re.compile(
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY"
    r"|(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])"
    # https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/ and what
    # GitLab, Slack, Stripe and HashiCorp Vault document of theirs.
    r"|\b(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40}|glpat-[A-Za-z0-9_-]{20}"
    r"|xox[abprs]-[A-Za-z0-9-]{20}|[rs]k_live_[A-Za-z0-9]{20}|hvs\.[A-Za-z0-9_-]{24})"
    r"|://[^\s/:@\"'?#]{0,200}:(?![$<{%*])[^\s/@\"'?#]{1,200}@"
)


#: ``export DB_PASSWORD=hunter2``; what the shell puts in its place is none.
_ASSIGNMENTS = re.compile(
    r"""(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w{0,100})=["']?([^\s"'$`(]{1,200})["']?[ \t]*$"""
)


def is_secret_name(name: str) -> bool:
    """Whether an argument or a member of that name holds a secret, in any style of writing."""
    return _NAMES.fullmatch(_in_words(name)) is not None


def is_secret_text(text: str) -> bool:
    """Whether a text is, or has in it, what can only be a secret."""
    return _TEXTS.search(text) is not None


def is_secret_under(name: str, value: object) -> bool:
    """Whether a literal value is a secret by a name that its author made up for it.

    A text that says where a secret lies is none.
    """
    if isinstance(value, str):
        doubtful = _DOUBTFUL.fullmatch(_in_words(name)) is not None and not value.isdecimal()
        return not _is_place(value) and (doubtful or is_secret_name(name))
    return isinstance(value, int | float) and not isinstance(value, bool) and is_secret_name(name)


def is_secret_in_script(text: str) -> bool:
    """Whether a shell script puts a literal into a variable that is named like a secret."""
    return any(is_secret_under(*found) for found in _ASSIGNMENTS.findall(text))


def gives_secret_away(name: str, value: object) -> bool:
    """Whether a value must be kept secret, by its name or by a text in it, at any depth."""
    if isinstance(value, str):
        return (bool(value) and is_secret_under(name, value)) or is_secret_text(value)
    if isinstance(value, Mapping):
        return any(gives_secret_away(str(key), each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return any(gives_secret_away(name, each) for each in value)
    return False


def _in_words(name: str) -> str:
    return _WORD_START.sub("_", name).lower()


def _is_place(value: str) -> bool:
    is_path = value.startswith("/") and value.count("/") > 1
    return not value or value.startswith("arn:") or is_path
