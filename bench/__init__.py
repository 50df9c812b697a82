"""Measurements of Mailwarden, each against a stated baseline in the same run."""
