"""What a container needs to know of a unit of systemd."""

import pytest

from sepp.targets.kubernetes.unit import unit

PACKAGED = """\
[Unit]
Description=Server
[Service]
# ExecStart=/bin/false
ExecStart=sh -c 'exec "$PROGRAM"'
Environment=COLOUR=red
"""
OURS = """\
[Service]
ExecStartPre=+/bin/chown -R server /var/lib/server
ExecStartPost=+/bin/sh -c 'until ready; do sleep 1; done'
ExecStart=
ExecStart=-/usr/sbin/server -h "ldaps://:636/ ldapi:///" \\
  --share 100%% --lib "/opt/lib/*"
Environment=SIZE=large "NAME=two words"
RuntimeDirectory=server server/sockets
CacheDirectory=cache
StateDirectory=state/own
ReadWritePaths=/srv/own -/srv/perhaps
PrivateTmp=true
WorkingDirectory=/run/server
TimeoutStartSec=600
[Install]
ExecStart=/bin/other
"""


def test_a_unit_is_read_with_what_is_dropped_in():
    read = unit([PACKAGED, OURS])
    assert read.command == (
        *("/usr/sbin/server", "-h", "ldaps://:636/ ldapi:///"),
        *("--share", "100%", "--lib", "/opt/lib/*"),
    )
    assert read.then == ("/bin/sh", "-c", "until ready; do sleep 1; done")
    said = {"COLOUR": "red", "SIZE": "large", "NAME": "two words", "MAINPID": "1"}
    told = {
        "RUNTIME_DIRECTORY": "/run/server:/run/server/sockets",
        "CACHE_DIRECTORY": "/var/cache/cache",
        "STATE_DIRECTORY": "/var/lib/state/own",
    }
    assert read.environment == {**said, **told}
    own = ("/run/server", "/run/server/sockets", "/var/cache/cache", "/var/lib/state/own", "/srv/own", "/srv/perhaps")
    assert read.folders == (*own, "/tmp", "/var/tmp")
    assert (read.working_directory, read.start_seconds, read.stop_seconds) == ("/run/server", 600, 90)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("ExecStart=/bin/a\nExecStart=/bin/b", "starts one command, not 2"),
        ("Type=oneshot", "starts one command, not 0"),
        ("ExecStart=/bin/a\nExecStartPost=/bin/b\nExecStartPost=/bin/c", "runs one command after its start, not 2"),
        ("ExecStart=/bin/a $OPTIONS", "only systemd knows what this is: /bin/a "),
        ("ExecStart=/bin/a %i", "only systemd knows what this is: /bin/a %i"),
    ],
)
def test_what_a_container_cannot_start_is_named(lines, words):
    with pytest.raises(ValueError, match=words.replace("$", r"\$")):
        unit([f"[Service]\n{lines}\n"])
