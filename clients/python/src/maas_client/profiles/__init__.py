"""Profiles of people: the address of a server, and the login that is kept for it."""
