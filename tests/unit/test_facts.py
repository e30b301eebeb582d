"""A fact of a service is written once: what the catalogue says is in no role, what a role says is not in the kit."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from sepp.catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
_OWN_PATH = re.compile(r"(?<![\w.}/:-])/(?:etc|opt|run|srv|usr|var)/[\w./@+-]*\w")
_EXAMPLES = {"examples", "meta", "molecule"}
_LIKE_PORTS = "roles/hub/vars/main.yml"
"""Has the numbers of the hub's accounts on hosts, which are those of two of its ports."""
FOLDERS_OF_ALL = {"/etc/sepp", "/run/sepp", "/usr/local/lib/sepp", "/var/lib/sepp"}
"""What docs/architecture.md gives to the kit on every host."""


def _texts(*folders: str) -> dict[str, str]:
    names = subprocess.run(["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [Path(name) for name in names.stdout.split()]
    kept = [
        file for file in files if file.suffix in {"", ".py", ".yml", ".j2", ".conf", ".service", ".socket", ".timer"}
    ]
    return {str(file): (ROOT / file).read_text() for file in kept if not {*file.parts} & _EXAMPLES}


def _paths(texts: Iterable[str]) -> set[str]:
    found = {path for text in texts for path in _OWN_PATH.findall(text)}
    return {path for path in found if "sepp" in path} - FOLDERS_OF_ALL


def test_no_path_is_written_in_the_kit_and_in_a_role():
    assert _paths(_texts("infra", "stacks", "playbooks").values()) & _paths(_texts("roles").values()) == set()


def test_no_role_knows_a_port_a_folder_of_data_or_a_number_of_an_account_that_the_catalogue_gives():
    roles = {file: text for file, text in _texts("roles").items() if file != _LIKE_PORTS}
    for service in CATALOGUE.values():
        certificate = service.certificate or ()
        numbers = [service.number, *(port.number for port in service.ports)]
        for fact in (*(str(number) for number in numbers if number), *certificate, *filter(None, [service.data])):
            written = [
                file for file, text in roles.items() if re.search(rf"(?<![\w./-]){re.escape(fact)}(?![\w/.-])", text)
            ]
            assert written == [], f"{fact} of {service.name}"


def test_what_the_catalogue_names_is_in_the_service_s_role():
    for service in CATALOGUE.values():
        words = "\n".join([*_texts(f"roles/{service.name}").values(), *_texts(f"roles/{service.name}")])
        for process in service.parts:
            assert process.unit in words or process.unit.endswith(".target"), process.unit
