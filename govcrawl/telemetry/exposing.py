"""Metrics of many short processes as one file for node_exporter's textfile collector, in the folder that GOVCRAWL_METRICS_DIR names.

    govcrawl.prom             what the collector reads: everything below added up
    govcrawl-<pid>-<x>.live   the values of one process, rewritten while it works; it holds a lock on the file
    govcrawl-ended.sum        what processes counted that have ended

A live file without its lock belonged to a process that ended or was killed: whoever writes next adds its counts to the sum. So nothing is counted
twice or lost, files do not pile up, and no two processes write one another's. The folder is one machine's, as node_exporter is.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import secrets
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from govcrawl.errors import cause

if TYPE_CHECKING:
    from prometheus_client import Metric

VARIABLE = "GOVCRAWL_METRICS_DIR"
EVERY = 15.0
"""Seconds between two writings: as often as Prometheus asks by default."""
FILE = "govcrawl.prom"
_ENDED = "govcrawl-ended.sum"
_LIVE = "govcrawl-*.live"
_COUNTED = "# counted: "
_KEPT_GAUGE = "_timestamp_seconds"
"""End of the gauges that outlive their process; of these the newest counts."""
_MOST_GAUGE = "_peak_bytes"
logger = logging.getLogger(__name__)


@contextlib.contextmanager
def exposed() -> Iterator[None]:
    """Write the metrics of this process while it works, where somebody wants them."""
    global _place
    named = os.environ.get(VARIABLE)
    if not named:
        yield
        return
    try:
        place = _place = Place(Path(named))
    except OSError as error:
        logger.warning("指标无法写入 %s：%s", named, cause(error))
        yield
        return
    over = threading.Event()
    writer = threading.Thread(target=_go_on, args=(place, over), name="govcrawl-metrics", daemon=True)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()
        _place = None
        _written(place, last=True)


def _go_on(place: Place, over: threading.Event) -> None:
    while not over.wait(EVERY):
        _written(place)


def _written(place: Place, *, last: bool = False) -> None:
    try:
        place.write(last=last)
    except OSError as error:
        logger.warning("指标无法写入 %s：%s", place.folder, cause(error))


def everything() -> bytes:
    """The values of all processes that write into the folder, else of this one."""
    place = _place
    return own() if place is None else place.write()


def own() -> bytes:
    """The values of this process in Prometheus' text format."""
    from prometheus_client import generate_latest

    from govcrawl.telemetry import metrics

    return generate_latest(metrics.REGISTRY)


class Place:
    """The part of one process in a folder.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"govcrawl-{os.getpid()}-{secrets.token_hex(4)}.live"
        self._file: IO[bytes] | None = None
        with self._alone():
            self._file = self._path.open("wb")
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def write(self, *, last: bool = False) -> bytes:
        """Bring everything up to date; afterwards the merged text. `last`: this process counts no more."""
        with self._alone():
            if self._file is not None:
                self._file.seek(0)
                self._file.truncate()
                self._file.write(own())
                self._file.flush()
                if last:
                    self._file.close()
                    self._file = None
            return self._merge()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folder / "govcrawl.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _merge(self) -> bytes:
        ended, live = [_read(self.folder / _ENDED)], []
        gone, counted = [], _counted(self.folder / _ENDED)
        for path in self.folder.glob(_LIVE):
            if self._alive(path):
                live.append(_read(path))
                continue
            if path.name not in counted:
                ended.append(_read(path))
            gone.append(path)
        done = _text(_added(ended, dead=True))
        if gone:
            # a kill between the two must not make their counts come twice
            _replace(self.folder / _ENDED, f"{_COUNTED}{' '.join(path.name for path in gone)}\n".encode() + done)
            for path in gone:
                path.unlink()
        merged = _text(_added([_parsed(done.decode()), *live]))
        _replace(self.folder / FILE, merged)
        return merged

    def _alive(self, path: Path) -> bool:
        if path == self._path and self._file is not None:
            return True
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def _counted(path: Path) -> list[str]:
    """Names of the live files that the sum was last made from."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        first = file.readline()
    return first.removeprefix(_COUNTED).split() if first.startswith(_COUNTED) else []


def _read(path: Path) -> list[Metric]:
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # killed while it wrote
        return []


def _parsed(text: str) -> list[Metric]:
    from prometheus_client.parser import text_string_to_metric_families

    return list(text_string_to_metric_families(text))


def _added(parts: Iterable[list[Metric]], *, dead: bool = False) -> list[Metric]:
    """The parts as one: counts are added up, of peaks and moments the highest stands. Of the dead only what lasts."""
    from prometheus_client import Metric

    found: dict[str, Metric] = {}
    values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
    for family in (family for part in parts for family in part):
        lasts = family.name.endswith(_KEPT_GAUGE)
        if dead and family.type == "gauge" and not lasts:
            continue
        found.setdefault(family.name, Metric(family.name, family.documentation, family.type))
        rows = values.setdefault(family.name, {})
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            if lasts or family.name.endswith(_MOST_GAUGE):
                rows[key] = max(rows.get(key, 0.0), sample.value)
            else:
                rows[key] = rows.get(key, 0.0) + sample.value
    for name, family in found.items():
        for (sample_name, labels), value in values[name].items():
            family.add_sample(sample_name, dict(labels), value)
    return list(found.values())


def _text(families: list[Metric]) -> bytes:
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.registry import Collector

    class Given(Collector):
        def collect(self) -> Iterable[Metric]:
            return families

    registry = CollectorRegistry()
    registry.register(Given())
    return generate_latest(registry)


def _replace(path: Path, text: bytes) -> None:
    """The collector may read at any moment."""
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(text)
    new.chmod(0o644)  # node_exporter runs as somebody else
    new.replace(path)


_place: Place | None = None
