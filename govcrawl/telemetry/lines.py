"""What a log line looks like. One chain for our own loggers, Scrapy's, Twisted's, pymongo's and uvicorn's: fields, masking, JSON or text.

structlog does it: its chain runs over records of the standard library too, and its context follows tasks and threads. (A JSON formatter alone, as
python-json-logger is one, has neither.)
"""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any, cast

import structlog
from structlog.typing import EventDict, Processor

from govcrawl.clock import CHINA
from govcrawl.detect import masking
from govcrawl.telemetry import logs

FIELDS = frozenset({
    "run", "site", "url", "phase", "outcome", "rule", "job", "kind", "worker", "file", "requests", "read", "failed", "queued", "seconds", "left_out",
})  # fmt: skip
"""Fields that a record may bear; other libraries hang whole objects on theirs."""
_LONGEST = 8000
"""Characters of a text; of a longer one the middle is left out (a traceback tells by its ends)."""
_LEVELS = {"debug": "调试", "info": "信息", "warning": "警告", "error": "错误", "critical": "严重"}


def formatter(form: logs.Form) -> logging.Formatter:
    """The formatter of a handler; records come from the standard library alone."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.ExtraAdder(allow=FIELDS),
        structlog.stdlib.add_log_level,
        _described,
        structlog.processors.format_exc_info,
    ]
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _masked, _written if form == "json" else _readable]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last)


def _described(_logger: Any, _name: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    event["time"] = datetime.fromtimestamp(record.created, CHINA).isoformat(timespec="milliseconds")
    event["logger"] = record.name
    return event


def _masked(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Nothing personal: in the message, in addresses, in what an exception quotes."""
    return {name: masking.logged(_cut(value)) if isinstance(value, str) else value for name, value in event.items()}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"


def _written(_logger: Any, _name: str, event: EventDict) -> str:
    head = {"time": event.pop("time"), "level": event.pop("level"), "message": event.pop("event"), "logger": event.pop("logger")}
    return json.dumps(head | dict(sorted(event.items())), ensure_ascii=False, default=str)


def _readable(_logger: Any, _name: str, event: EventDict) -> str:
    text, details = cast(str, event["event"]), event.get("exception")
    if event["logger"] != logs.SAID:
        text = f"{event['time'][11:19]} {_LEVELS.get(event['level'], event['level'])} {text}"
    if more := event.get("left_out"):
        text += f"（同类消息另有 {more} 条未记）"
    return f"{text}\n{details}" if details else text
