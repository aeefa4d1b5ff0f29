"""AWS: component types become resources of the ``hashicorp/aws`` provider."""

from .stack import build

__all__ = ["build"]
