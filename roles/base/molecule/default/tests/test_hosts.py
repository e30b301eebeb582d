"""What every host has."""


def test_no_unit_failed(host):
    assert host.run("systemctl is-system-running --wait").stdout.strip() == "running"


def test_names_of_the_platform(host):
    for name in ("core", "sepp.example", "login.sepp.example"):
        assert host.check_output("getent ahostsv4 %s", name).split()[0].endswith(".10")
    assert host.check_output("getent ahostsv4 planck.sepp.example").split()[0].endswith(".11")
    assert host.check_output("getent ahostsv4 localhost").split()[0] == "127.0.0.1"


def test_names_win_over_other_lines_and_stay_single(host):
    before = host.file("/etc/hosts").content_string
    host.check_output("printf '127.0.0.1 sepp.example elsewhere\\n' >> /etc/hosts && systemctl restart sepp-base")
    after = host.file("/etc/hosts").content_string
    host.check_output("sed '/elsewhere/d' /etc/hosts > /run/hosts && cat /run/hosts > /etc/hosts")
    assert "127.0.0.1 elsewhere\n" in after
    assert after.replace("127.0.0.1 elsewhere\n", "") == before


def test_authority_is_trusted(host):
    assert host.file("/etc/ssl/certs/sepp-platform.pem").exists
    own = host.file("/usr/local/share/ca-certificates/sepp-platform.crt").content_string
    assert own.strip() in host.file("/etc/ssl/certs/ca-certificates.crt").content_string


def test_updates_are_security_only_and_never_reboot(host):
    settings = host.check_output("apt-config dump")
    origins = [line for line in settings.splitlines() if line.startswith("Unattended-Upgrade::Origins-Pattern:: ")]
    assert len(origins) == 1
    assert "-security" in origins[0]
    assert 'Unattended-Upgrade::Automatic-Reboot "false";' in settings
    assert 'APT::Periodic::Unattended-Upgrade "1";' in settings
    for timer in ("apt-daily.timer", "apt-daily-upgrade.timer"):
        assert host.service(timer).is_enabled
        assert host.service(timer).is_running


def test_journal_is_kept_and_limited(host):
    assert "SystemMaxUse=500M" in host.check_output("systemd-analyze cat-config systemd/journald.conf")
    host.check_output("journalctl --flush")
    assert host.file("/var/log/journal").is_directory


def test_nobody_signs_in_by_ssh(host):
    assert not host.package("openssh-server").is_installed
    assert host.run("ss -Hltn 'sport = :22'").stdout == ""
