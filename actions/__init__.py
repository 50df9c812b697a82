"""What Mailwarden can do, one action a file."""
