"""People's decisions on findings, and findings of other tools: `govcrawl review export FILE` gives the sheet that is filled in, `review import FILE`
takes it back, or takes a file of findings that somebody else's tool has made. Which of the two a file is, its header says.
"""

from __future__ import annotations

from pathlib import Path

from govcrawl.clock import Clock
from govcrawl.rectification.returned import sheets_of
from govcrawl.reviewing import deciding, outside
from govcrawl.reviewing.deciding import COLUMNS, FILLED, export
from govcrawl.reviewing.imported import Imported

__all__ = ["COLUMNS", "FILLED", "Imported", "export", "take"]


def take(path: Path, *, store: str, run_id: str | None, source: str | None = None, clock: Clock | None = None) -> Imported:
    """Keep what a file says: decisions, or findings of another tool; a bad row is named and left out, the good ones stand.

    Args:
        source: the other tool or body, where the file's rows do not name it.

    Raises:
        UsageError: the file is neither; no such run.
    """
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return outside.take(path, outside.lines(path), store=store, run_id=run_id, source=source, clock=clock)
    sheets = sheets_of(path)
    if not deciding.is_sheet(sheets) and (rows := outside.rows(sheets)) is not None:
        return outside.take(path, rows, store=store, run_id=run_id, source=source, clock=clock)
    return deciding.take(path, sheets, store=store, run_id=run_id, clock=clock)
