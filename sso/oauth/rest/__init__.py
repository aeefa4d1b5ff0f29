"""OAuth's endpoints."""
