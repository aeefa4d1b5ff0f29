"""Names that people give to roles and teams."""


def is_plain(name: str) -> bool:
    """Whether a name shows all that is in it, so that none looks like another."""
    return name == name.strip() and name.isprintable()


NOT_PLAIN = "name: Use visible characters and plain spaces only, and none around it."
