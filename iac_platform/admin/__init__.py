"""The admin's frame: the site, and the base on which apps register their models.

It knows neither tenants nor roles. Who may do what it asks of the access policy,
and all writing it leaves to the apps' services.
"""
