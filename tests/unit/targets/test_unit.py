"""What a container needs to know of a unit of systemd."""

import pytest

from sepp.targets.kubernetes.unit import Timer, timer, unit

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
    assert (read.folders, read.own_temporary) == (own, True)
    assert (read.working_directory, read.start_seconds, read.stop_seconds) == ("/run/server", 600, 90)


KEEPER = """\
[Service]
ExecStart=/usr/sbin/keeper
CapabilityBoundingSet=CAP_CHOWN CAP_SYS_ADMIN
ReadWritePaths=/srv/own
InaccessiblePaths=/home /srv
"""
WEB = """\
[Service]
User=www-data
ExecStart=/usr/sbin/web
CapabilityBoundingSet=
RuntimeDirectory=web
TemporaryFileSystem=/:ro
BindReadOnlyPaths=/usr /etc/web.conf
BindReadOnlyPaths=/public
"""


def test_a_unit_says_as_who_it_runs_and_with_which_rights():
    keeper, web = unit([KEEPER]), unit([WEB])
    assert (keeper.user, keeper.rights) == (None, ("CHOWN", "SYS_ADMIN"))
    assert (web.user, web.rights) == ("www-data", ())


@pytest.mark.parametrize(
    ("text", "path", "access"),
    [
        (KEEPER, "/srv/own/data", "write"),
        (KEEPER, "/srv/owner", None),
        (KEEPER, "/home", None),
        (KEEPER, "/etc/keeper.conf", "read"),
        (WEB, "/public/page", "read"),
        (WEB, "/public-not", None),
        (WEB, "/etc/web.conf", "read"),
        (WEB, "/etc/secret", None),
        (WEB, "/run/web", "write"),
    ],
)
def test_a_process_sees_and_writes_what_its_unit_lets_it(text, path, access):
    assert unit([text]).access(path) == access


def test_a_timer_is_again_and_again_or_by_the_calendar():
    assert timer("[Timer]\nOnActiveSec=0\nOnUnitInactiveSec=15\n") == Timer(every=15, calendar=None)
    assert timer("[Timer]\nOnCalendar=weekly\nPersistent=yes\n") == Timer(every=None, calendar="@weekly")
    with pytest.raises(ValueError, match=r"a cluster knows daily, .* not Mon 04:00"):
        timer("[Timer]\nOnCalendar=Mon 04:00\n")


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
