"""Changes as Parquet and back; the payload stays JSON text, since every kind has columns of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

from govcrawl.errors import UsageError

try:
    import pyarrow
    import pyarrow.parquet
except ImportError as error:
    raise UsageError("读写 Parquet 需要 pyarrow：pip install 'govcrawl[parquet]'（或改用 --format jsonl）") from error

_SCHEMA = pyarrow.schema(
    [
        ("seq", pyarrow.int64()), ("kind", pyarrow.string()), ("op", pyarrow.string()), ("id", pyarrow.string()), ("rev", pyarrow.int64()),
        ("at", pyarrow.string()), ("payload", pyarrow.string()),
    ]
)  # fmt: skip
_GROUP = 1000
"""Rows that are held at once; a payload may be a page's whole text."""


def write(file: IO[bytes], changes: Iterable[dict[str, Any]]) -> None:
    rows = iter(changes)
    with pyarrow.parquet.ParquetWriter(file, _SCHEMA, compression="zstd") as writer:
        while some := list(islice(rows, _GROUP)):
            told = [{**row, "payload": json.dumps(row["payload"], ensure_ascii=False)} for row in some]
            writer.write_table(pyarrow.Table.from_pylist(told, schema=_SCHEMA))


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Raises pyarrow.ArrowException where the file is no Parquet."""
    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_GROUP):
            for row in batch.to_pylist():
                yield {**row, "payload": json.loads(row["payload"])}
