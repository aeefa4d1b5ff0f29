"""Gunicorn's configuration in a container; two threads a worker wait for PostgreSQL together."""

import os

bind = "0.0.0.0:8000"  # inside a container; nginx stands in front
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
max_requests = 20_000
max_requests_jitter = 2_000
timeout = 30
graceful_timeout = 25
keepalive = 15
accesslog = None  # the application logs each request, with its id and without secrets
