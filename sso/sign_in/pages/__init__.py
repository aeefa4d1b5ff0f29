"""The pages for people: plain HTML, usable without scripts."""
