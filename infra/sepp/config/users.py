"""The file of users, which `sepp user apply` and the platform's setting `users` take."""

from typing import Annotated

from pydantic import Field

from sepp.config.mission import Model
from sepp.config.text import Email, Group, Title, form

INVITE = "invite"
"""Instead of a hash: the directory makes a one-time password."""

HASH_WANTED = "'invite' for a one-time password, or a hash that begins with {ARGON2}, {SSHA512} or {CRYPT}, in quotes"
_PASSWORD = form(r"invite|\{(?:ARGON2|SSHA512|CRYPT)\}\S+", HASH_WANTED)


class UserEntry(Model):
    """One user."""

    name: Title | None = Field(None, title="Name", examples=["Alice Example"])
    """Full name; the name of the entry if left out."""
    mail: Email | None = Field(None, title="E-mail", examples=["alice@site.example"])
    """Address for messages to the user."""
    groups: tuple[Group, ...] = Field((), title="Groups", examples=[["planck-collaboration"]])
    """Groups that the user is in, besides `everyone`; she leaves all others."""
    password: str = Field(INVITE, title="Password", pattern=_PASSWORD, examples=[INVITE])
    """First password: `invite`, or a hash. Later the password is the user's own and this is ignored."""


class UsersFile(Model):
    """The users that the directory has to have; others stay as they are."""

    users: dict[Annotated[Group, Field(examples=["alice"])], UserEntry] = Field(
        title="Users", examples=[{"alice": {"groups": ["planck-collaboration"]}}]
    )
    """Users, by the name with which they sign in."""
