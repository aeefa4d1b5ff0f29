"""What a sign-on leaves behind, from the request to the session."""
