"""Rows of an answer of a list or search endpoint, as the adapters read them."""

from __future__ import annotations

from typing import Any

from evals.truth import Answer
from govcrawl.extract import answers as adapters


def rows(answer: Answer, today: str) -> list[dict[str, Any]]:
    """Every row with `date` for its publish date; [] where it is taken for no list."""
    read = adapters.read(
        answer.body,
        answer.headers,
        answer.url,
        form=answer.context.form,
        base=answer.context.parent,
        today=today,
        walk=answer.context.paging,
    )
    return [row | {"date": row.get("published_on")} for row in read.rows] if read is not None else []
