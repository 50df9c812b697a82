"""Take a change back: run the inverse that the ledger kept with it."""

from pydantic import Field, ValidationError

from actions.catalog import Effect, Undo, action, catalog
from actions.change import Change, Changes
from actions.problem import Problem
from actions.requests import ChangeRequest, Identifier
from evidence.model import JsonObject
from evidence.reading import as_object
from microsoft365.tenant import Tenant


class UndoChange(ChangeRequest):
    """Which change."""

    ledger_id: Identifier = Field(description="The ledgerId that the change answered")


@action(effect=Effect.CONTAIN, undo=Undo.NONE)
async def undo(request: UndoChange, tenant: Tenant, changes: Changes) -> Change:
    """An inverse that destroys is refused here; it needs an approval of its own."""
    entry = await changes.ledger.entry(request.ledger_id)
    if entry is None:
        raise Problem(404, "Not found", f"The ledger has no change {request.ledger_id}")
    if entry.status in ("unknown", "sending"):
        detail = (
            f"Nobody knows whether {entry.action} was made: its request, sent again, settles it"
        )
        raise Problem(409, "Not to be undone", detail)
    if entry.status != "done" or entry.undo is None:
        raise Problem(409, "Not to be undone", f"{entry.action} left no way back")
    inverse = catalog()[str(entry.undo["action"])]
    if inverse.effect is Effect.DESTROY:
        raise Problem(409, "Not to be undone", f"The way back is {inverse.name}: ask for it itself")
    common: JsonObject = {
        "incident": request.incident,
        "reason": request.reason,
        "dryRun": request.dry_run,
    }
    try:
        # An inverse that names its incident, as update_incident's does, keeps to it.
        wanted = inverse.request.model_validate({**common, **as_object(entry.undo["request"])})
    except ValidationError as error:
        detail = f"{inverse.name} cannot make it as it was: {error.errors()[0]['msg']}"
        raise Problem(409, "Not to be undone", detail) from error
    if not isinstance(wanted, ChangeRequest):
        raise TypeError(f"{inverse.name} is no change")
    undo_kind = (inverse.undo or Undo.NONE).value
    result = await inverse(wanted, tenant, changes.of(inverse.name, undo_kind, wanted))
    if not isinstance(result, Change):
        raise TypeError(f"{inverse.name} answered no change")
    return result
