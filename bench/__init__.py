"""Speed and memory, measured as ratios within one run: `python -m bench` (or `make bench`)."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))  # the real MongoDB server, and what the tests simulate
