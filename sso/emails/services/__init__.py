"""Queueing e-mail and sending it."""
