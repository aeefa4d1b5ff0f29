"""The protocol core of SAML 2.0 sign-on: values in, values out.

It knows no database, no request and no tenant: keys, identity providers, the time and the store of
what was used are given to it. All that it raises is ``rules.SamlError``.

How a response becomes a sign-on (docs/decisions/0034-saml.md says why in this order):
``bindings`` decodes within limits, ``documents`` parses without a DTD, ``structure`` refuses
every shape but one assertion in its place, ``signatures`` verifies and returns what was signed,
parsed anew, ``encryption`` opens what is encrypted, and ``assertions`` holds the rules about what
is said. pysaml2 is loaded when the first message is written, not with these modules.
"""
