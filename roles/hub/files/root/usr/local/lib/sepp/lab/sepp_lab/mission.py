"""Where a user's server finds what it is told of the mission."""

from pathlib import Path

SETTINGS = Path("/etc/sepp/lab.json")
