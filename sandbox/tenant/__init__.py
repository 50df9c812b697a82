"""A simulated Microsoft 365 tenant: it answers as Graph, Exchange and Resource Manager document."""
