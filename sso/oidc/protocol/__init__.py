"""The protocol core of sign-on by OpenID Connect: values in, values out.

It knows no database, no request, no network and no tenant: documents, keys, the time and what is
expected are given to it. What it refuses it refuses as ``rules.OidcError``, and as nothing else.

How a sign-on goes: ``discovery`` reads where the provider is asked, ``requests`` sends the browser
there, ``responses`` reads what it brings back, ``tokens`` asks for tokens by it, ``signatures``
verifies the ID token by the provider's keys, ``id_tokens`` holds the rules about what it says, and
``userinfo`` those about the claims beside it.
"""
