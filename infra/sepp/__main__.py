"""Runs the command line: `python -m sepp`."""

from sepp.cli import main

main()
