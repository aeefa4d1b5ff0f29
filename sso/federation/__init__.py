"""What every protocol of single sign-on does alike, between the browser and provisioning.

A browser is sent to an identity provider and comes back: which one it was, what is said where it
is refused, and the session that begins. It knows no protocol, and has no tables.
"""
