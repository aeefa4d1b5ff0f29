"""Availability zones: the region's name and a letter.

https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
"""

from __future__ import annotations

#: Letters of zones where they go beyond c. Accounts see some of them only.
_LAST_LETTERS = {
    "us-east-1": "f",
    "us-west-2": "d",
    "ap-northeast-1": "d",
    "ap-northeast-2": "d",
    "ca-central-1": "d",
    "cn-north-1": "d",
}
_WITHOUT = {"ca-central-1": "c"}


def zones(region: str) -> str:
    """Return the letters that zones of a region may have."""
    last = _LAST_LETTERS.get(region, "c")
    letters = (chr(code) for code in range(ord("a"), ord(last) + 1))
    return "".join(letter for letter in letters if letter not in _WITHOUT.get(region, ""))
