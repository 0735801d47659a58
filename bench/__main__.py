"""One run, ratios only: bare CrawlSpider, our link walk, our full inspection, its replay from snapshots, and a hand loop as the limit; then what
store and snapshots cost the crawl, and records through the store against a bare loop.

    python -m bench [--pages 20000] [--records 100000] [--quick]      everything, against the floors
    python -m bench costs | storing                                    that part alone
    python -m bench chaos [--loops 20] [--seed N]                      kills, a full disk and clock jumps; see bench/chaos.py

A synthetic site (four templates, about 40 KB a page) behind nginx on loopback. The unit is pages per CPU-second of the crawler's whole
process tree; on a shared machine only ratios of one run mean anything.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import costs, memory, site, stages, storing

HERE = Path(__file__).resolve().parent
FLOORS = json.loads((HERE / "floors.json").read_text(encoding="utf-8"))


@contextmanager
def nginx(root: Path) -> Iterator[str]:
    """A static server on a free loopback port; stopped by its own pid."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    port = _free_port()
    prefix = root.parent / "nginx"
    prefix.mkdir(exist_ok=True)
    config = prefix / "nginx.conf"
    # started by root it would become nobody, who may not read a temporary folder
    user = "user root; " if os.geteuid() == 0 else ""
    config.write_text(
        f"{user}daemon off; worker_processes 1; pid {prefix}/pid; error_log {prefix}/error.log warn; worker_rlimit_nofile 8192;\n"
        "events { worker_connections 4096; }\n"
        "http { access_log off; keepalive_requests 1000000; types { text/html html; image/png png; } default_type text/html;\n"
        f"client_body_temp_path {prefix}/b; proxy_temp_path {prefix}/p; fastcgi_temp_path {prefix}/f; uwsgi_temp_path {prefix}/u; scgi_temp_path {prefix}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; root {root}; charset utf-8; }} }}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([program, "-c", str(config), "-p", str(prefix)], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    import socket

    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("nginx did not start")


class Measured:
    """A finished child: pages it says it read, CPU seconds of its tree, wall seconds, peak memory."""

    def __init__(self, name: str, command: list[str], folder: Path) -> None:
        self.name = name
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.monotonic()
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        environment["PYTHONPATH"] = str(HERE.parent)
        log = (folder / f"{name}.log").open("w")
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        self.curve = memory.Watch(process.pid)
        watching = threading.Thread(target=self.curve.run, daemon=True)
        watching.start()
        output, _ = process.communicate(timeout=3000)
        log.close()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.wall = time.monotonic() - started
        self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.curve.stop()
        if process.returncode not in (0, 3, 4):
            raise SystemExit(f"{name} ended with {process.returncode}:\n{(folder / f'{name}.log').read_text()[-3000:]}")
        self.output = output
        self.pages = int(output.strip().splitlines()[-1].split()[-1])

    @property
    def rate(self) -> float:
        return self.pages / self.cpu

    def __str__(self) -> str:
        return f"{self.name:<18}{self.pages:>7} pages {self.cpu:>8.1f} CPU-s {self.rate:>8.0f} pages/CPU-s {self.wall:>8.1f} s wall   peak {self.curve.peak / 1e6:.0f} MB"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("all", "costs", "storing", "chaos"), default="all")
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="6,000 pages, 10,000 records: for a look, not for a claim")
    parser.add_argument("--loops", type=int, default=20)
    parser.add_argument("--store", choices=("mongodb", "sqlite"), default="mongodb")
    parser.add_argument("--seed", type=int, default=20261116)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="govcrawl-bench-") as place:
        if options.what == "chaos":
            from bench import chaos

            return chaos.main(Path(place), options.loops, options.seed, options.store)
        return against_floors(figures(Path(place), options), claim=not options.quick, whole=options.what == "all")


def figures(place: Path, options: argparse.Namespace) -> dict[str, float]:
    """Everything that was asked for, measured."""
    found: dict[str, float] = {}
    if options.what in ("all", "costs"):
        root = place / "site"
        root.mkdir()
        count = site.write(root, 6_000 if options.quick or options.what == "costs" else options.pages)
        size = sum(f.stat().st_size for f in root.rglob("*.html")) / count
        print(f"site: {count} pages, mean {size / 1024:.1f} KiB, {len(site.TEMPLATES)} templates", flush=True)
        with nginx(root) as home:
            found |= compare(home, place) if options.what == "all" else {}
            found |= costs.measure(home, place, _told, rounds=1 if options.quick else costs.ROUNDS)
    if options.what in ("all", "storing"):
        found |= storing.figures(place, 10_000 if options.quick else options.records)
    return found


def _told(name: str, command: list[str], folder: Path) -> tuple[int, float]:
    run = Measured(name, command, folder)
    print(run, flush=True)
    return run.pages, run.cpu


def compare(home: str, folder: Path) -> dict[str, float]:
    """Run the crawlers one after the other."""
    python = sys.executable
    runs = {}
    for name in ("bare", "link walk", "full", "replay", "hand loop"):
        module = f"bench.{name.replace(' ', '_')}"
        runs[name] = Measured(name.replace(" ", "-"), [python, "-m", module, home], folder)
        print(runs[name], flush=True)
    bare = runs["bare"].rate
    figures = {
        "link_walk_over_bare": runs["link walk"].rate / bare,
        "full_over_bare": runs["full"].rate / bare,
        "hand_loop_over_bare": runs["hand loop"].rate / bare,
        "replay_over_full": runs["replay"].rate / runs["full"].rate,
        "replay_over_full_wall": runs["full"].wall / runs["replay"].wall,
        "full_peak_mb": runs["full"].curve.peak / 1e6,
        "replay_peak_mb": runs["replay"].curve.tree / 1e6,
        "bytes_a_seen_url": memory.bytes_a_seen_url(folder),
    }
    print("stages, milliseconds a page (p50, p95):")
    for name, (p50, p95) in stages.measure(folder / "site").items():
        print(f"  {name:<22}{p50:7.2f} {p95:7.2f}")
    return figures


def against_floors(figures: dict[str, float], *, claim: bool, whole: bool) -> int:
    """Print the figures; a run that makes a claim fails where one is beyond its floor or limit, a whole one also where one is missing."""
    for name, value in figures.items():
        print(f"{name:<32}{value:8.2f}")
    least, most = FLOORS["least"], FLOORS["most"]
    broken = [f"{name} was not measured" for name in [*least, *most] if whole and name not in figures]
    broken += [
        f"{name} = {figures[name]:.2f} is under the floor {least[name]}" for name in least.keys() & figures if figures[name] < least[name]
    ]
    broken += [
        f"{name} = {figures[name]:.2f} is over the limit {most[name]}" for name in most.keys() & figures if figures[name] > most[name]
    ]
    for line in broken if claim else ():
        print(f"FLOOR BROKEN: {line}")
    return 1 if broken and claim else 0


if __name__ == "__main__":
    sys.exit(main())
