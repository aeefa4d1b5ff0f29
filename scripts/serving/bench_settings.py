"""The platform's settings, with quotas that no load reaches; they are counted all the same."""

from iac_platform.gateway.defaults import Quota
from iac_platform.settings import *  # noqa: F403  # these are settings

_PLENTY: Quota = {"requests": 10**9, "seconds": 60}
RATE_LIMITS = {
    "anonymous": {"address": _PLENTY},
    "default": {"principal": _PLENTY, "tenant": _PLENTY},
}
