"""Which names users and groups may have."""

import grp
import pwd
import re

from problem import USAGE, Problem

EVERYONE = "everyone"
"""The group of all users."""

_PATTERN = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_LONGEST = 31

# Accounts of the systems on which users' names are resolved. There a local account comes first: whoever had
# such a name in the directory would be taken for it. The accounts of this host are refused as well.
_RESERVED = frozenset(
    """
    _apt adm apache audio avahi backup bin bluetooth cas cdrom chrony colord crontab daemon dbus debian dialout dip
    disk docker fax floppy fwupd-refresh games geoclue gnats halt hub input irc jupyterhub kmem kvm list lp lpadmin
    lxd mail man messagebus munge mysql netdev news nfsnobody nobody nogroup openldap operator plugdev polkitd portal
    postfix postgres proxy pulse redis render root rtkit sasl saslauth sepp sgx shadow shutdown slurm src ssh sshd
    ssl-cert sssd staff storage sudo sync sys syslog systemd-coredump systemd-journal systemd-network systemd-oom
    systemd-resolve systemd-timesync tape tcpdump tss tty users utmp uucp uuidd video voice wheel www-data
    """.split()
)


def check(kind: str, name: str) -> None:
    """Raise Problem if a user or a group (`kind`) may not be called so."""
    if not _PATTERN.fullmatch(name) or len(name) < 2 or len(name) > _LONGEST:
        raise Problem(
            f"'{name}' cannot be the name of a {kind}",
            hint=f"2 to {_LONGEST} lower-case letters and digits, in words with - or _ between, a letter first",
            code=USAGE,
        )
    if name in _RESERVED or _is_local(name):
        raise Problem(f"'{name}' is reserved for the system", hint=f"choose another name for the {kind}", code=USAGE)


def _is_local(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall()) or any(
        entry.gr_name == name for entry in grp.getgrall()
    )
