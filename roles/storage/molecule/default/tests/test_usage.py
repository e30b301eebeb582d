import json

import pytest

_ASK = """
import sys, urllib.error, urllib.request
request = urllib.request.Request(f'http://localhost:8071/{sys.argv[1]}', headers={'Authorization': sys.argv[2]})
try:
    print(urllib.request.urlopen(request, timeout=10).read().decode())
except urllib.error.HTTPError as error:
    print(error.code)
"""
RIGHT = "Bearer molecule-molecule-molecule"


def ask(machine, user, token=RIGHT):
    return json.loads(machine.run("python3", "-c", _ASK, user, token))


def test_the_portal_learns_what_a_user_uses(machine):
    answer = ask(machine, "alice")
    assert answer == json.loads(machine.run("cat", "/home/.sepp/usage/alice.json"))
    assert answer["tiers"]["scratch"]["limit"] == 16 * 1024**2


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer wrong", "molecule-molecule-molecule"])
def test_without_the_token_nothing_is_told(machine, token):
    assert ask(machine, "alice", token) == 401


@pytest.mark.parametrize("path", ["nobody", "", "../usage.json", "alice/"])
def test_there_is_nothing_else(machine, path):
    assert ask(machine, path) == 404


def test_the_server_is_its_own_user(machine, host):
    assert host.service("sepp-usage.service").is_enabled
    pid = machine.run("systemctl", "show", "--property", "MainPID", "--value", "sepp-usage.service").strip()
    assert machine.run("ps", "-o", "user=", "-p", pid).strip() == "sepp-usage"
    machine.refused("alice", "cat /etc/sepp/usage-token")
