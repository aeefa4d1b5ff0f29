"""From what an identity provider says about somebody to a user: one way for every protocol.

docs/provisioning.md describes it. A protocol verifies what it was told, puts it into an
``ExternalIdentity``, and calls ``services.sign_on.sign_on``.
"""
