"""Read by Django (``settings.FORMAT_MODULE_PATH``); as ``iac_platform.admin.display.moment``."""

from __future__ import annotations

DATE_FORMAT = SHORT_DATE_FORMAT = "Y-m-d"
TIME_FORMAT = "H:i e"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d H:i e"
