"""One run, ratios only: bare CrawlSpider, our link walk, our full inspection, its replay from snapshots, and a hand loop as the limit.

    python -m bench [--pages 20000] [--quick]

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

from bench import memory, site, stages

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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--quick", action="store_true", help="6,000 pages: for a look, not for a claim")
    options = parser.parse_args()
    pages = 6_000 if options.quick else options.pages
    with tempfile.TemporaryDirectory(prefix="govcrawl-bench-") as place:
        root = Path(place) / "site"
        root.mkdir()
        count = site.write(root, pages)
        size = sum(f.stat().st_size for f in root.rglob("*.html")) / count
        print(f"site: {count} pages, mean {size / 1024:.1f} KiB, {len(site.TEMPLATES)} templates", flush=True)
        with nginx(root) as home:
            return compare(home, Path(place), claim=not options.quick)


def compare(home: str, folder: Path, *, claim: bool) -> int:
    """Run the crawlers one after the other; a run that makes a claim is held against the floors."""
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
    for name, value in figures.items():
        print(f"{name:<24}{value:8.2f}")
    print("stages, milliseconds a page (p50, p95):")
    for name, (p50, p95) in stages.measure(folder / "site").items():
        print(f"  {name:<22}{p50:7.2f} {p95:7.2f}")
    broken = [
        f"{name} = {figures[name]:.2f} is under the floor {floor}" for name, floor in FLOORS["least"].items() if figures[name] < floor
    ]
    broken += [f"{name} = {figures[name]:.2f} is over the limit {limit}" for name, limit in FLOORS["most"].items() if figures[name] > limit]
    for line in broken if claim else ():
        print(f"FLOOR BROKEN: {line}")
    return 1 if broken and claim else 0


if __name__ == "__main__":
    sys.exit(main())
