"""The report: one HTML page with the verdict and everything that it rests on.

It runs no script and loads nothing; what stood in the tenant is shown and never run.
"""

from triage.report.contents import report

__all__ = ["report"]
