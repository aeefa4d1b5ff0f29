"""``make demo``: a whole platform on this machine, from a clean clone.

``environment`` knows where things lie, ``servers`` has the database and the cache,
``platform`` the platform's own processes, ``report`` what to try.
"""
