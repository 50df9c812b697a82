"""A mail folder as a rule names it."""

from evidence.model import Evidence


class Folder(Evidence):
    """A mail folder that a rule moves or copies to."""

    name: str
    id: str | None = None
    well_known: str | None = None
    """Graph's well-known name, e.g. `deleteditems`, where the folder has one; never localised."""
