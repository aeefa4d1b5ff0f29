"""OAuth's endpoints for programs: tokens for workloads and for command lines."""
