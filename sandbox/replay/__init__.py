"""Replay of a unified-audit-log export: the tenant as it stood at the moment of triage."""

from sandbox.replay.export import Broken, Export, ExportError, Progress, Record, load_export
from sandbox.replay.rebuild import Account, Replayed, rebuild

__all__ = [
    "Account",
    "Broken",
    "Export",
    "ExportError",
    "Progress",
    "Record",
    "Replayed",
    "load_export",
    "rebuild",
]
