"""What an import came to, in words and as data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from govcrawl.rectification.returned import BadRow


@dataclass(slots=True)
class Imported:
    """Rows of a file by what became of them."""

    what: str = "决定"
    """What was imported; Chinese."""
    kept: int = 0
    known: int = 0
    """Rows that were imported before."""
    silent: int = 0
    """Rows without a decision."""
    changed: list[str] = field(default_factory=list)
    """Decisions on evidence that has changed since, by row."""
    bad: list[BadRow] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        return 5 if self.bad else 0

    def lines(self, *, as_json: bool) -> list[str]:
        if as_json:
            counts = {"kept": self.kept, "known": self.known, "silent": self.silent, "changed": self.changed}
            return [json.dumps({**counts, "bad": [asdict(row) for row in self.bad]}, ensure_ascii=False)]
        done = f"已记录 {self.kept} 条{self.what}" + (f"，{self.known} 条此前已记录" if self.known else "")
        done += f"，{self.silent} 行未填决定" if self.what == "决定" else "（待核实，核实前不计分）"
        return [done, *self.changed, *(str(row) for row in self.bad), *([f"{len(self.bad)} 行有误，未记录"] if self.bad else [])]
