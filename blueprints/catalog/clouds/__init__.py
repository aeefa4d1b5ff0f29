"""What is known of the clouds: facts that documents' rules and generators go by, not rules."""
