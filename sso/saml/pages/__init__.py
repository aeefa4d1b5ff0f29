"""What browsers and identity providers reach at a tenant's host.

``urls`` mounts the pages of sign-ons without loading an XML library: the first one does.
"""
