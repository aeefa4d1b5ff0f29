"""What AWS refuses: a module for each component type, and the facts that they share."""
