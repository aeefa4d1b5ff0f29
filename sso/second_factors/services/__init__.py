"""Setting up, showing and removing second factors."""
