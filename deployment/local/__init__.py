"""Private servers on the loopback interface, for the demo and the tests.

Standard library only: it runs before anything is installed, and never imports Django.
"""
