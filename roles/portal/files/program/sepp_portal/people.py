"""What the portal asks of the directory of users, and how that can fail."""

from typing import Protocol


class RefusedError(Exception):
    """The password was not changed; the text tells the user why."""


class UnavailableError(Exception):
    """The directory does not answer."""


class Directory(Protocol):
    """What the portal asks of a directory."""

    def groups(self, user: str) -> frozenset[str]:
        """Return the groups of a user, empty if there is no such user; UnavailableError if it does not answer."""
        ...

    def change_password(self, user: str, old: str, new: str) -> None:
        """Change a user's own password; RefusedError, or UnavailableError if the directory does not answer."""
        ...
