"""What several tests of SCIM take."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone


@pytest.fixture
def ends() -> datetime:
    """When a session would end."""
    return timezone.now() + timedelta(hours=1)
