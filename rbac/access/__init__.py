"""Who may do what: from grants, teams and roles to what somebody holds.

``roles`` says what a role allows, ``holdings`` what a grant of it gives within its limits,
``loading`` reads both from the database, ``coverage`` compares what one holds with what one would
give away, and ``fingerprints`` tells whose rights are equal. ``rbac.policy`` asks; nothing here
knows of requests.
"""
