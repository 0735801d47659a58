"""JSON Schemas of every kind of the feed, generated from the shapes themselves and kept beside this module, so that they can be read and compared.

`python -m govcrawl.feed.schema` writes them anew after a model has changed.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from govcrawl.feed import shapes
from govcrawl.model.findings import Finding, Review
from govcrawl.model.items import RECORDS
from govcrawl.model.orders import Order, OrderEvent

FOLDER = Path(__file__).parent / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ENVELOPE = "change"
_SHAPES: dict[str, Any] = {
    **RECORDS, "finding": Finding, "decision": Review, "scorecard": shapes.Scorecard, "receipt": shapes.Receipt, "run": shapes.RunRow,
    "draw": shapes.Draw, "order": Order, "order_event": OrderEvent,
}  # fmt: skip
KINDS: tuple[str, ...] = tuple(_SHAPES)
"""Every kind that a change may have."""
_DAY = re.compile(r"_on$|^as_of$")
"""Matches "issued_on", not "icp_number"."""
_MOMENT = re.compile(r"_at$|^at$|^first_seen$")
"""Matches "fetched_at", not "state"."""


def generated() -> dict[str, dict[str, Any]]:
    """File name without suffix → schema: every kind, and the `change` around them."""
    made = {kind: _schema(kind, shape) for kind, shape in _SHAPES.items()}
    made[ENVELOPE] = _schema(ENVELOPE, shapes.Change)
    made[ENVELOPE]["properties"]["kind"] = {"enum": list(KINDS), "type": "string"}
    return made


def _schema(kind: str, shape: Any) -> dict[str, Any]:
    body = TypeAdapter(shape).json_schema(mode="serialization")
    properties = body["properties"]
    if kind in RECORDS:  # as `Record.to_json` shows them
        del properties["key"]
        body["properties"] = properties = {"kind": {"const": kind, "type": "string"}, **properties}
    if not isinstance(shape, type) or not hasattr(shape, "__required_keys__"):
        body["required"] = list(properties)  # a dataclass is always told whole
    told: dict[str, Any] = _plain(body)
    for name, field in told["properties"].items():
        _say_format(name, field)
    return {"$schema": DIALECT, "$id": f"urn:govcrawl:{kind}", **told}


def _say_format(name: str, field: dict[str, Any]) -> None:
    """A day `YYYY-MM-DD` or a moment with +08:00; the names tell them apart."""
    told = "date" if _DAY.search(name) else "date-time" if _MOMENT.search(name) else None
    if told and "string" in (field.get("type"), *field.get("type", ())):
        field["format"] = told


def _plain(value: Any) -> Any:
    """Shorter: no defaults, which say nothing where every field is told, no titles that repeat a field's name, "string or null" as one type."""
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if not isinstance(value, dict):
        return value
    either = value.get("anyOf", [])
    if len(either) == 2 and either[1] == {"type": "null"} and "type" in either[0]:
        value = {name: part for name, part in value.items() if name != "anyOf"} | either[0] | {"type": [either[0]["type"], "null"]}
    return {
        name: {field: _plain(part) for field, part in inner.items()} if name in ("properties", "$defs") else _plain(inner)
        for name, inner in value.items()
        if name not in ("default", "title")
    }


def text(schema: dict[str, Any]) -> str:
    """A schema as its file holds it: stable, one member a line."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def stored(kind: str) -> str:
    """The published schema of a kind, or of the `change` around it.

    Raises:
        KeyError: there is no such kind.
    """
    if kind not in (*KINDS, ENVELOPE):
        raise KeyError(kind)
    return (FOLDER / f"{kind}.json").read_text(encoding="utf-8")


def write(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind, schema in generated().items():
        (folder / f"{kind}.json").write_text(text(schema), encoding="utf-8")


if __name__ == "__main__":
    write()
