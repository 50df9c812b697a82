"""What can be known about a mailbox: frozen models of evidence and the parsing of its shapes."""
