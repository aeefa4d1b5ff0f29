"""Answers about access, for people: why somebody may do something, who may, who holds what.

``explanations`` is about one user, ``who_can`` about one permission, ``review`` about everybody
at once; ``objects`` knows which kinds of objects can be asked about. Nothing here changes
anything.
"""
