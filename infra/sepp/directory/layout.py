"""Where things are in the directory."""

EVERYONE = "everyone"
"""The group of all users."""

FIRST_NUMBER = 20000
"""The first number of users and groups; those below belong to the systems."""


def suffix(domain: str) -> str:
    """Return the distinguished name that everything of a platform with this domain is below."""
    return ",".join(f"dc={label}" for label in domain.split("."))


def people(domain: str) -> str:
    """Return what all users are below; a user is `uid=<name>,<people>`."""
    return f"ou=people,{suffix(domain)}"


def groups(domain: str) -> str:
    """Return what all groups are below; a group is `cn=<name>,<groups>`."""
    return f"ou=groups,{suffix(domain)}"


def shares(domain: str, mission: str) -> str:
    """Return what the accounts of a mission's shares are below; nobody can sign in as one of them."""
    return f"ou={mission},ou=shares,{suffix(domain)}"


def reader(domain: str) -> str:
    """Return the account by which services read users and groups; its secret is `directory-reader`."""
    return f"cn=reader,ou=services,{suffix(domain)}"
