"""The WSGI entry point, for gunicorn and its kin."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iac_platform.settings")

application = get_wsgi_application()
