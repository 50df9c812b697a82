"""Draws docs/demo.svg, the README's picture of a demo run: `uv run tools/picture.py`."""

import asyncio
import sys
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rich.console import Console  # noqa: E402 - the path comes first

from sandbox.clock import Clock  # noqa: E402
from sandbox.lab import Decision, laboratory, play  # noqa: E402
from sandbox.narration import Narrator  # noqa: E402
from sandbox.outcome import Outcome  # noqa: E402
from sandbox.scenario import load_scenario  # noqa: E402


async def draw(picture: Path) -> None:
    """Plays the default scenario, and draws all but the long lists."""
    scenario = load_scenario("hidden-forward")
    console = Console(
        record=True, width=150, force_terminal=True, force_interactive=False, file=StringIO()
    )
    narrator = Narrator(console, scenario.now)

    async def approve() -> Decision:
        return "approve"

    narrator.heading("Alert")
    narrator.incident(scenario.trigger())
    narrator.heading("Playbook")
    async with laboratory(
        scenario.state(), Clock(scenario.now), approved=scenario.approved_destinations
    ) as lab:
        run = await play(lab, scenario.trigger(), decide=approve, watch=narrator.watch)
        outcome = Outcome(run)
    narrator.heading("Verdict")
    narrator.verdict(outcome)
    narrator.heading("Changes")
    narrator.changes(outcome)
    console.save_svg(str(picture), title="uv run -m sandbox demo --approve")


if __name__ == "__main__":
    asyncio.run(draw(ROOT / "docs" / "demo.svg"))
