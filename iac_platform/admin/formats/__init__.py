"""How dates and times are written on pages: one way, with the zone, read the same everywhere."""
