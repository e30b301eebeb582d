"""Start CAS once, without the platform, so that Java records the classes it starts with: train.py HOME ARCHIVE."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

LIMIT = 400
"""Seconds that the start may take on a slow machine."""


def main(home: str, archive: str) -> None:
    """Make the archive; RuntimeError with the last lines of CAS if it does not start."""
    target = Path(archive)
    target.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.chown(target.parent, "cas", "cas")
    with tempfile.TemporaryDirectory() as folder:
        shutil.chown(folder, "cas", "cas")
        log = Path(folder, "log")
        with log.open("w") as output:
            cas = subprocess.Popen(
                [
                    "java",
                    "-Xmx256m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+AutoCreateSharedArchive",
                    f"-XX:SharedArchiveFile={archive}",
                    f"-Dcas.standalone.configuration-directory={Path(__file__).parent}",
                    *("-cp", f"{home}/lib/*", "org.apereo.cas.web.CasWebApplication"),
                    *("--server.port=0", f"--server.tomcat.basedir={folder}"),
                ],
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                user="cas",
                group="cas",
                extra_groups=[],
                umask=0o077,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            )
        try:
            port = wait_for_port(cas, log)
            urllib.request.urlopen(f"http://127.0.0.1:{port}/cas/login", timeout=LIMIT).read()
        finally:
            cas.terminate()
            cas.wait(LIMIT)
        if not target.exists():
            raise RuntimeError(f"no archive was made\n{log.read_text()[-2000:]}")


def wait_for_port(cas: "subprocess.Popen[bytes]", log: Path) -> int:
    """Return the port that CAS listens on; RuntimeError if it ends or takes too long."""
    end = time.monotonic() + LIMIT
    while cas.poll() is None and time.monotonic() < end:
        found = re.search(r"Tomcat started on port\(s\): (\d+)", log.read_text())
        if found:
            return int(found[1])
        time.sleep(0.5)
    raise RuntimeError(f"CAS did not start\n{log.read_text()[-2000:]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
