"""Letters that a board gives as data: what the row says of the question and the answer, and the records of letters that have no page of their own."""

from __future__ import annotations

import re
from typing import Any

from govcrawl.extract import message
from govcrawl.extract.answers import fields, values
from govcrawl.extract.answers.fields import Family, Record
from govcrawl.model.items import Message
from govcrawl.text import normalise

_ANSWERED = re.compile(r"已(?:回复|答复|办结|办理|处理|反馈)|办结|答复|回复")
_NOT_ANSWERED = re.compile(r"未|待|尚|暂|正在|办理中|处理中")
"""States: 已答复, 已办结 match the first and not the second; 未回复, 待办理 match both."""


def row(record: Record, family: Family, base: str, today: str) -> dict[str, Any]:
    """A letter's row; dates and texts that the record does not give are null. `asked_field`, `replied_field` name where the days stood."""
    asked, _ = fields.day(record, family, "asked", today)
    replied, _ = fields.day(record, family, "replied", today)
    published, _ = fields.day(record, family, "published", today)
    if asked is not None and replied is not None and replied < asked:
        replied = None  # whatever that field is, it is not the day of the reply
    out: dict[str, Any] = {
        "title": fields.shown(record, family, "title"), "url": fields.address(record, family, base), "asked_on": asked, "replied_on": replied,
        "published_on": published, "date_raw": None,
    }  # fmt: skip
    for name in ("number", "replier", "state", "channel", "type", "question", "reply"):
        out[name] = fields.shown(record, family, name) or None
    out["state"] = None if str(out["state"] or "").isdigit() else out["state"]
    out["type"] = message.classify(out["type"]) if out["type"] and not out["type"].isdigit() else None
    out["asked_field"], out["replied_field"] = _field(record, family, "asked"), _field(record, family, "replied")
    return out


def _field(record: Record, family: Family, role: str) -> str | None:
    return next((name for name in family.names[role] if values.day(record.values.get(name)) is not None), None)


def last_day(row: dict[str, Any]) -> str | None:
    """The day on which something last happened to a letter, which is what its board shows new."""
    return max(filter(None, (row.get("published_on"), row.get("replied_on"), row.get("asked_on"))), default=None)


def items(rows: list[dict[str, Any]], url: str) -> list[dict[str, Any]]:
    """Records of answered letters that lead nowhere: their board is all there is of them. The others are read from their own pages.

    An open letter is no record here: a list that leaves a field empty does not say that nobody answered. What a list does not show is
    not missing (`fields_absent` is empty).
    """
    out: list[dict[str, Any]] = []
    for found in rows:
        if (
            "asked_on" not in found
            or values.own_address(found["url"])
            or not (found["replied_on"] or found["reply"])
            or not found["asked_on"]
        ):
            continue
        state = normalise.compact(found["state"] or "")
        if _NOT_ANSWERED.search(state) and not _ANSWERED.match(state):
            continue
        record = Message(
            url=url, key=found["number"] or f"{found['asked_on']} {found['title'][:30]}", title=found["title"], subject=found["title"], number=found["number"],
            type=found["type"], question=found["question"], asked_on=found["asked_on"], reply=found["reply"], replied_on=found["replied_on"],
            replier=found["replier"], channel=found["channel"],
        )  # fmt: skip
        item = record.to_json() | {"key": record.key}
        item["_labels"] = {
            "asked_on": found["asked_field"], "replied_on": found["replied_field"], "replier": None, "listed_on": found["published_on"],
            "types_shown": found["type"] is not None, "fields_absent": [], "status": found["state"],
        }  # fmt: skip
        out.append(item)
    return out
