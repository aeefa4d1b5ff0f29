"""Migrations of the whole fleet of placements. Runs as the owner.

``pending`` finds what is behind, ``plans`` says what to do about it, ``native`` does it on
one placement with Django's own machinery and records the SQL, ``replay`` sends the recorded
SQL to the others, ``rollout`` decides who is when, ``runs`` writes down how it went.
"""
