import json
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from testinfra.host import Host

from tests.molecule.nsenter import entering

SUFFIX = "dc=sepp,dc=example"
READER = f"cn=reader,ou=services,{SUFFIX}"
WITH_AUTHORITY = "env LDAPTLS_CACERT=/var/lib/sepp/authority.pem LDAPTLS_REQCERT=demand"


@dataclass(frozen=True)
class Answer:
    """How a program ended and all that it printed."""

    code: int
    text: str


@dataclass(frozen=True)
class Directory:
    """The directory, as an administrator by the tool and as anybody by LDAP over TLS."""

    host: Host
    suffix: str = SUFFIX
    reader: str = READER
    with_authority: str = WITH_AUTHORITY

    def dn(self, name: str) -> str:
        return f"uid={name},ou=people,{SUFFIX}"

    def run(self, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = (*entering(self.host.backend.name), *argv)
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)

    def tool(self, command: str, **arguments: Any) -> tuple[int, dict[str, Any]]:
        """Run a command of the tool; return its exit code and result."""
        ended = self.run("/usr/local/sbin/sepp-directory", command, stdin=json.dumps(arguments))
        assert ended.stdout, ended.stderr
        return ended.returncode, json.loads(ended.stdout)

    def must(self, command: str, **arguments: Any) -> dict[str, Any]:
        code, result = self.tool(command, **arguments)
        assert code == 0, result
        return result

    def ldap(self, program: str, dn: str, password: str, *arguments: str) -> Answer:
        """Run a client of LDAP with the control of the password policy."""
        argv = [program, "-H", "ldaps://core:636", "-x", "-e", "ppolicy", "-D", dn, "-w", password, *arguments]
        ended = self.run(*WITH_AUTHORITY.split(), *argv)
        return Answer(ended.returncode, ended.stdout + ended.stderr)

    def signs_in(self, name: str, password: str) -> bool:
        return self.ldap("ldapwhoami", self.dn(name), password).code == 0

    @property
    def reader_password(self) -> str:
        return json.loads(self.host.file("/etc/sepp/directory/tree.json").content_string)["reader_password"]

    def read(self, *arguments: str) -> str:
        answer = self.ldap("ldapsearch", READER, self.reader_password, "-LLL", "-b", SUFFIX, *arguments)
        assert answer.code == 0, answer.text
        return answer.text


@pytest.fixture
def directory(host: Host) -> Directory:
    return Directory(host)


@pytest.fixture
def name(directory: Directory) -> Iterator[str]:
    """The name of a user of this test only."""
    name = f"t{secrets.token_hex(6)}"
    yield name
    directory.tool("delete", name=name, forget=True)


@pytest.fixture
def password() -> str:
    return secrets.token_urlsafe(12)


@pytest.fixture
def user(directory: Directory, name: str, password: str) -> dict[str, Any]:
    return directory.must("add", name=name, full_name="Test Person", groups=["planck-reviewers"], password=password)[
        "user"
    ]
