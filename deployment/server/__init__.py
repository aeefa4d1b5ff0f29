"""The application server: granian, or gunicorn where ``WEB_SERVER`` says so."""
