"""Load tests: simulated users of many tenants, what the servers did meanwhile, and a report.

``scenarios`` says who does what, ``run`` starts servers and locust, ``locustfile`` is the users,
``seeding`` makes the tenants, ``analysis`` turns what was measured into tables and graphs.
"""
