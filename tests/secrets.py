"""Looks for secrets in the files that git tracks: private keys, passwords, tokens, and addresses in lock files.

`python -m tests.secrets` prints each finding as file:line and exits with 1 if there is one.
"""

import re
import subprocess
import sys
from pathlib import Path

PATTERNS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n?[A-Za-z0-9+/=]{20}"),
    "a password hash": re.compile(r"\{(?:ARGON2|SSHA512|SSHA|CRYPT)\}[$A-Za-z0-9+/=]{30,}"),
    "a token": re.compile(r"\b(?:ghp_|glpat-|xox[bp]-|AKIA)[A-Za-z0-9-]{16,}"),
    "an encrypted secret of a stack": re.compile(r"^\s*secure: v1:[A-Za-z0-9+/=]{12,}:", re.MULTILINE),
}
LOCKS = re.compile(r"(\.lock|-lock\.json|requirements.*\.txt)$")


def findings(root: Path) -> list[str]:
    """Return `file:line: what` for each secret in a tracked file."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True)
    found: list[str] = []
    for name in filter(None, listed.stdout.split("\0")):
        path = root / name
        if not path.is_file() or path.is_symlink():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for what, pattern in PATTERNS.items():
            found += [f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {what}" for match in pattern.finditer(text)]
        if LOCKS.search(name) and "://" in text:
            found.append(f"{name}: a lock file that names an address")
    return found


if __name__ == "__main__":
    results = findings(Path(__file__).parents[1])
    print("\n".join(results) or "no secret in tracked files")
    sys.exit(1 if results else 0)
