"""Signing in to the desk: password, second factor, how often one may fail, and when a session ends."""
