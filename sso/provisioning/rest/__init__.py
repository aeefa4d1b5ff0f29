"""Endpoints of what the people of identity providers become."""
