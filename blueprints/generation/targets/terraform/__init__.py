"""Terraform and OpenTofu: a root module in HCL, laid out as ``terraform fmt`` would."""

from .layout import write

__all__ = ["write"]
