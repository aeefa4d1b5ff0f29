"""A tour of the platform that commits, on whatever database it is pointed at.

Most tests roll back, so what happens at a commit (the audit chain, deferred keys, work that is
queued) is seen by few of them. The tour does with tenants of both tiers what customers and
operators do, through the API, the admin and the commands, and commits all of it. It makes its
tenants, and removes them in the end. ``tests/test_tour.py`` runs it among the tests;
``python -m tests.tour`` runs it against any ``DATABASE_URL``, for instance that of a cluster
(docs/operations/scaling.md).
"""
