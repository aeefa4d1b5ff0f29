"""The pages for people; only passkeys need a script, as browsers offer them to scripts alone."""
