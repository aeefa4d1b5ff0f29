"""The platform's settings with one more app in every placement, whose migrations tests write."""

import os

from iac_platform.settings import *  # noqa: F403  # the platform's, all of them
from iac_platform.settings import INSTALLED_APPS, TENANT_APPS

PROBE = "fleetprobe"

if os.environ.get("FLEET_PROBE"):
    TENANT_APPS = [*TENANT_APPS, PROBE]
    INSTALLED_APPS = [*INSTALLED_APPS, PROBE]
