"""The lists that the cluster gets. Pure."""

from collections.abc import Iterable

from sepp_identity.who import Account, Group, Who


def users(who: Who, groups: Iterable[str]) -> dict[str, str]:
    """Return as what numbers somebody's pod may run: `user:group:further groups`, by name.

    On it are the members of these groups who are not disabled, and the accounts of shares.
    """
    members = {name for group in groups if group in who.groups for name in who.groups[group].members}
    found = [account for name, account in who.users.items() if name in members and account.enabled]
    return {account.name: _numbers(account, who.groups.values()) for account in (*found, *who.shares.values())}


def names(who: Who) -> dict[str, str]:
    """Return what the name service in pods knows: files as of passwd(5) and group(5); each user has a private group."""
    accounts = sorted((*who.users.values(), *who.shares.values()), key=lambda account: account.number)
    private = (f"{account.name}:x:{account.number}:" for account in accounts)
    of_all = (
        f"{group.name}:x:{group.number}:{','.join(name for name in group.members if name in who.users)}"
        for group in sorted(who.groups.values(), key=lambda group: group.number)
    )
    return {
        "passwd": _lines(f"{a.name}:x:{a.number}:{a.number}::{a.home}:{a.shell}" for a in accounts),
        "group": _lines((*of_all, *private)),
    }


def _numbers(account: Account, groups: Iterable[Group]) -> str:
    further = sorted(group.number for group in groups if account.name in group.members)
    return f"{account.number}:{account.number}:{','.join(map(str, further))}"


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
