"""`python -m govcrawl`."""

from govcrawl.cli import main

main()
