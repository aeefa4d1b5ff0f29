"""The pages of a sign-on by OpenID Connect: where it begins, and where browsers come back."""
