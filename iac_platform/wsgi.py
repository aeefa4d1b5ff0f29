"""The WSGI entry point, for granian and gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from iac_platform.common.hooks import require_implemented

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iac_platform.settings")

application = get_wsgi_application()
require_implemented()
