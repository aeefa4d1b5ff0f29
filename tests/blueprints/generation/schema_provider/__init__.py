"""A Terraform provider that serves the published schemas of today's AWS, and remembers what exists.

The newest AWS provider that runs without internet is of 2021. This one knows the arguments, blocks
and types of the pinned version, so that the real Terraform can validate, plan and apply everything
that the generator writes. It keeps a few rules of every cloud beside: two things do not share a
name that must be unique, nothing is deleted while something else uses it, and some arguments can
only be changed by making the thing anew. What values AWS allows it does not know.
"""

import os

# gRPC reads it as it is imported. Its handlers of fork() crash children of a process that serves,
# such as another test's PostgreSQL as it is started as another user.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

from tests.blueprints.generation.schema_provider.account import Account, Refused
from tests.blueprints.generation.schema_provider.serving import Served, serving

__all__ = ["Account", "Refused", "Served", "serving"]
