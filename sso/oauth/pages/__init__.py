"""Pages where people sign devices in."""
