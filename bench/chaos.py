"""Everything that may go wrong with a machine, at random moments while the real parts run: what was acknowledged must be there afterwards.

    python -m bench chaos [--loops 20] [--seed N] [--store mongodb|sqlite]

Two scheduler workers inspect sites of the simulated government again and again, and dump the feed; a consumer follows the change sequence; the store
is a real MongoDB replica set (or SQLite). Each loop strikes once: kill -9 of a crawler, of a worker, of the consumer, of mongod; a full disk; a clock
that jumps. The workspace (and mongod's files) lie on a small file system in memory of their own, so that the disk can really be full: that takes the
right to mount, as root in a container has it; elsewhere start it by `unshare --user --map-root-user --mount python -m bench chaos`.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import mongo_server
import yaml
from main_job import ROOT, environment

from bench.chaos_look import Look
from bench.chaos_part import CLOCK, LEASE, OUTSIDE
from govcrawl import demonstration

DISK = "700m"
_SCHEDULE = f"""
registry: sites.yml
at_once: 2
lease: {LEASE:.0f}s
retries: 20
retry_wait: 1s
kinds:
  full_crawl: {{every: 1s, delay: 0, concurrency: 4, second_look_after: 1s, render: never}}
  feed: {{every: 3s, out: dump}}
"""
_DAY = 86400.0


class World:
    """The parts under way, and what can be done to them."""

    def __init__(self, place: Path, kind: str, sites: tuple[str, ...], proxy: str, ending: ExitStack) -> None:
        self.outside, self.disk = place / "outside", ending.enter_context(small_disk(place / "disk"))
        self.outside.mkdir()
        self.work = self.disk / "work"
        self.work.mkdir()
        (self.outside / CLOCK).write_text("0")
        self.server: mongo_server.Mongod | None = None
        self.store = f"sqlite:///{self.work}/govcrawl.db"
        if kind == "mongodb":
            self.server = ending.enter_context(mongo_server.running(self.disk / "mongod"))
            self.store = f"mongodb://127.0.0.1:{self.server.port}/govcrawl?replicaSet=rs0"
        self._environment = {**environment(proxy), "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", OUTSIDE: str(self.outside)}
        self._parts: dict[str, subprocess.Popen[bytes]] = {}
        self.faults: list[str] = []
        ending.callback(self._end)
        registry = yaml.safe_load((ROOT / "fixtures" / "portal" / "registry.yml").read_text(encoding="utf-8"))
        rows = [row for row in registry["sites"] if any(name in row["首页网址"] for name in sites)]
        (self.work / "sites.yml").write_text(yaml.safe_dump({"sites": rows}, allow_unicode=True), encoding="utf-8")
        self.jobs = {"feed", *(f"full_crawl/{row['网站标识码']}" for row in rows)}
        (self.work / "schedule.yml").write_text(_SCHEDULE, encoding="utf-8")

    def start(self) -> None:
        """Start every part that does not run, as a service manager does. One of ours that ended by itself is a fault."""
        if self.server is not None and not self.server.alive:
            self.server.start()
        for name, role in (("w1", "worker"), ("w2", "worker"), ("consumer", "consumer")):
            running = self._parts.get(name)
            if running is None or running.poll() is not None:
                if running is not None and running.returncode != -signal.SIGKILL:
                    self.faults.append(f"{name} ended by itself ({running.returncode})")
                command = [sys.executable, "-m", "bench.chaos_part", role, self.store, name]
                with (self.outside / f"{name}.log").open("ab") as log:
                    self._parts[name] = subprocess.Popen(command, cwd=self.work, env=self._environment, stdout=log, stderr=log)

    def log(self, *words: str) -> list[list[str]]:
        """Lines of the parts' log that begin with some words."""
        path = self.outside / "log"
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
        return [line for line in lines if tuple(line[: len(words)]) == words]

    def crawls(self, word: str) -> list[list[str]]:
        return [line for line in self.log(word) if line[1].startswith("full_crawl/")]

    def runs(self) -> dict[str, str]:
        """The run of each site that was done last; not the newest by its date, which may be that of a wrong clock."""
        return {line[1].partition("/")[2]: line[5] for line in self.crawls("done")}

    def ended(self, begun: int) -> set[str]:
        """Jobs that began after so many beginnings, and are done."""
        attempts = {tuple(line[1:3]) for line in self.log("begin")[begun:]}
        return {line[1] for line in self.log("done") if tuple(line[1:3]) in attempts}

    # strikes

    @property
    def strikes(self) -> list[Callable[[random.Random], str]]:
        own = [self.kill_crawler, self.kill_part, self.fill_disk, self.move_clock]
        return own if self.server is None else [*own, self.kill_server]

    def kill_crawler(self, rng: random.Random) -> str:
        """A job's own process, some time after it began."""
        self.until(self._crawlers, "a crawl under way")
        time.sleep(rng.uniform(0.0, 4.0))
        self.until(self._crawlers, "a crawl under way")
        pid, job = rng.choice(self._crawlers())
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return f"kill -9 crawler of {job}"

    def _crawlers(self) -> list[tuple[int, str]]:
        began = {int(line[3]): line[1] for line in self.crawls("begin")}
        return sorted((pid, job) for pid, job in began.items() if _is_ours(pid, self.outside))

    def kill_part(self, rng: random.Random) -> str:
        name = rng.choice(sorted(self._parts))
        self._parts[name].kill()
        self._parts[name].wait()
        return f"kill -9 {name}"

    def kill_server(self, rng: random.Random) -> str:
        assert self.server is not None
        self.server.kill()
        time.sleep(rng.uniform(0.0, 2.0))
        return "kill -9 mongod"

    def fill_disk(self, rng: random.Random) -> str:
        """No byte is left for some seconds: what is written to the end of a file goes nowhere."""
        ballast = self.disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))
        time.sleep(rng.uniform(1.0, 4.0))
        ballast.unlink()
        return "disk full"

    def move_clock(self, rng: random.Random) -> str:
        days = rng.choice([-30.0, -1.0, -0.04, 0.04, 1.0, 30.0])
        (self.outside / CLOCK).write_text(str(days * _DAY))
        return f"clock moved by {days:g} days"

    def until(self, ready: Callable[[], object], what: str, seconds: float = 240) -> None:
        """Keep all parts running until something has come about."""
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end:
                raise AssertionError(f"{seconds:.0f} s without {what}")
            self.start()
            time.sleep(0.1)

    def _end(self) -> None:
        for process in self._parts.values():
            process.kill()
            process.wait(30)


@contextlib.contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of its own in memory.

    Raises:
        PermissionError: it may not be mounted here.
    """
    place.mkdir()
    if shutil.which("mount") is None:
        raise PermissionError("no mount command")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(done.stderr.strip())
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _is_ours(pid: int, outside: Path) -> bool:
    """Whether a process runs that was started for this world: a process id may belong to another by now."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX" and f"{OUTSIDE}={outside}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def storm(
    place: Path,
    loops: int,
    seed: int,
    kind: str = "mongodb",
    sites: tuple[str, ...] = ("anhe", "minzheng"),
    say: Callable[[str], None] = print,
) -> list[str]:
    """Strike `loops` times; gives what is wrong, nothing where all held.

    Raises:
        PermissionError: no disk of its own can be had here.
        AssertionError: nothing goes on any more after a strike.
    """
    rng = random.Random(seed)
    with ExitStack() as ending:
        proxy = ending.enter_context(demonstration.portal().Portal(slow_seconds=0.5)).proxy_url
        world = World(place, kind, sites, proxy, ending)
        look = Look(world.store, world.work, world.outside)
        world.until(lambda: {line[1] for line in world.log("done")} >= world.jobs, "a first round of all jobs")
        calm = look.findings(world.runs())
        wrong: list[str] = []
        order: list[Callable[[random.Random], str]] = []
        for loop in range(1, loops + 1):
            if not order:  # each kind as often as the others, in an order of chance
                order = rng.sample(world.strikes, len(world.strikes))
            time.sleep(rng.uniform(0.5, 5.0))
            look.remember()
            struck = order.pop()(rng)
            before = len(world.crawls("done"))
            world.until(lambda before=before: len(world.crawls("done")) > before, "a crawl that ends")  # type: ignore[misc]
            found = [*look.wrong(), *world.faults]
            world.faults.clear()
            say(f"{loop:>3}  {struck:<42} {'; '.join(found) or 'nothing lost'}")
            wrong += [f"after {struck}: {each}" for each in found]
        (world.outside / CLOCK).write_text("0")
        # twice: what was under way had another clock
        for _ in range(2):
            begun = len(world.log("begin"))
            world.until(lambda begun=begun: world.ended(begun) >= world.jobs, "a calm round")  # type: ignore[misc]
        if look.findings(world.runs()) != calm:
            wrong.append("a run after the storm has other findings than one before it")
    return wrong


def main(place: Path, loops: int, seed: int, kind: str) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started must be ended, and the disk unmounted
    wrong = storm(place, loops, seed, kind)
    for each in wrong:
        print(f"BROKEN: {each}")
    print(f"{loops} loops on {kind}, seed {seed}: {'all held' if not wrong else f'{len(wrong)} broken'}")
    return 1 if wrong else 0
