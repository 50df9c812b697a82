"""Microsoft Graph, v1.0 and beta, as far as triage and remediation of forwarding need it."""
