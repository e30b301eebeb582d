"""Configures OpenStack's services in the container of the stand-in cloud, and gives it what a project finds there.

Run once, as root, by systemd's container that `stand_in.py` makes; what it made is kept in the image.
"""

import configparser
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path

import openstack

ADDRESS = sys.argv[1]
PASSWORD = secrets.token_hex(16)
"""Of every account: the cloud lives in one container, and nothing in it is worth more than the rest."""
HERE = Path(__file__).parent
LIBRARY = Path("/usr/lib/python3/dist-packages")
DRIVERS = {
    "compute.py": "nova/virt",
    "volumes.py": "cinder/volume/drivers",
    "ports.py": "neutron/plugins/ml2/drivers",
}
SERVICES = {
    "keystone": ("identity", 5000, "/v3"),
    "glance": ("image", 9292, ""),
    "placement": ("placement", 8778, ""),
    "neutron": ("network", 9696, ""),
    "cinder": ("block-storage", 8776, "/v3/%(project_id)s"),
    "nova": ("compute", 8774, "/v2.1"),
}
"""Type, port and path by name."""
UNITS = (
    *("glance-api", "placement-api", "neutron-api", "cinder-api", "cinder-scheduler", "cinder-volume"),
    *("nova-conductor", "nova-scheduler", "nova-api", "nova-compute"),
)
"""What runs once the accounts are there."""
ROLES = ("admin", "service", "member")
DATABASES = ("keystone", "glance", "placement", "neutron", "cinder", "nova", "nova_api", "nova_cell0")
PROCESSES = {"nova": 2, "neutron": 2}
MARIADB = "[mariadbd]\ninnodb_snapshot_isolation = OFF\n"
"""As before MariaDB 11.6: Keystone answers with nothing where two requests are the first of an account on a day."""
RABBIT = f"rabbit://openstack:{PASSWORD}@127.0.0.1:5672/"
FLAVOURS = {"small": (1, 1, 10), "medium": (2, 4, 20), "large": (4, 8, 20), "huge": (16, 64, 40)}
"""Cores, GiB of memory and of disk by name."""


def run(*command: str, user: str | None = None) -> str:
    """Run a command, as a user, and return what it printed; what it said on failure goes up."""
    before = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
    done = subprocess.run([*before, *command], text=True, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def database(name: str, user: str) -> dict[str, str]:
    """Return the section of a database."""
    return {"connection": f"mysql+pymysql://{user}:{PASSWORD}@127.0.0.1/{name}", "max_pool_size": "5"}


def account(name: str) -> dict[str, str]:
    """Return how a service signs in at Keystone."""
    return {
        "auth_type": "password",
        "auth_url": f"http://{ADDRESS}:5000/v3",
        "www_authenticate_uri": f"http://{ADDRESS}:5000",
        "username": name,
        "password": PASSWORD,
        "project_name": "service",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
        "region_name": "here",
        "memcached_servers": "127.0.0.1:11211",
        "service_token_roles": "service",
        "service_token_roles_required": "true",
        "send_service_user_token": "true",
    }


def files() -> dict[str, dict[str, dict[str, str]]]:
    """Return the services' configuration: file, section, option."""
    own = {name: account(name) for name in SERVICES}
    return {
        "keystone/keystone.conf": {
            "database": database("keystone", "keystone"),
            "token": {"provider": "fernet", "expiration": "86400"},
            "cache": {"enabled": "true", "backend": "dogpile.cache.pymemcache", "memcache_servers": "127.0.0.1:11211"},
        },
        "glance/glance-api.conf": {
            "DEFAULT": {"enabled_backends": "files:file"},
            "database": database("glance", "glance"),
            "glance_store": {"default_backend": "files"},
            "files": {"filesystem_store_datadir": "/var/lib/glance/images"},
            "keystone_authtoken": own["glance"],
            "paste_deploy": {"flavor": "keystone"},
        },
        "placement/placement.conf": {
            "placement_database": database("placement", "placement"),
            "api": {"auth_strategy": "keystone"},
            "keystone_authtoken": own["placement"],
        },
        "neutron/neutron.conf": {
            "DEFAULT": {
                "transport_url": RABBIT,
                "core_plugin": "ml2",
                "service_plugins": "router",
                "dhcp_agent_notification": "false",
                "notify_nova_on_port_status_changes": "false",
                "notify_nova_on_port_data_changes": "false",
                "rpc_workers": "0",
            },
            "database": database("neutron", "neutron"),
            "keystone_authtoken": own["neutron"],
            "nova": own["nova"],
            "oslo_concurrency": {"lock_path": "/var/lib/neutron/lock"},
        },
        "neutron/plugins/ml2/ml2_conf.ini": {
            "ml2": {
                "type_drivers": "flat,local",
                "tenant_network_types": "local",
                "mechanism_drivers": "stand_in",
                "extension_drivers": "port_security",
            },
            "ml2_type_flat": {"flat_networks": "outside"},
        },
        "cinder/cinder.conf": {
            "DEFAULT": {
                "transport_url": RABBIT,
                "enabled_backends": "here",
                "default_volume_type": "standard",
                "osapi_volume_workers": "1",
                "backend_stats_polling_interval": "3",
                "my_ip": "127.0.0.1",
                "state_path": "/var/lib/cinder",
            },
            "here": {"volume_driver": "cinder.volume.drivers.stand_in.Driver", "volume_backend_name": "here"},
            "database": database("cinder", "cinder"),
            "keystone_authtoken": own["cinder"],
            "nova": own["nova"],
            "service_user": own["cinder"],
            "oslo_concurrency": {"lock_path": "/var/lib/cinder/lock"},
        },
        "nova/nova.conf": {
            "DEFAULT": {
                "transport_url": RABBIT,
                "my_ip": "127.0.0.1",
                "state_path": "/var/lib/nova",
                "allow_resize_to_same_host": "true",
                "resize_confirm_window": "1",
            },
            "api_database": database("nova_api", "nova"),
            "database": database("nova", "nova"),
            "keystone_authtoken": own["nova"],
            "service_user": own["nova"],
            "placement": own["placement"],
            "neutron": own["neutron"],
            "cinder": own["cinder"],
            "glance": {"region_name": "here"},
            "vnc": {"enabled": "false"},
            "filter_scheduler": {"track_instance_changes": "false"},
            "oslo_concurrency": {"lock_path": "/var/lib/nova/lock"},
        },
        "nova/nova-compute.conf": {"DEFAULT": {"compute_driver": "stand_in.Driver"}},
    }


def configure() -> None:
    """Write the configuration, and the drivers where the services look for them."""
    for name, sections in files().items():
        path = Path("/etc", name)
        parser = configparser.RawConfigParser()
        parser.read_dict(sections)
        with path.open("w") as file:
            parser.write(file)
        shutil.chown(path, "root", name.split("/")[0])
        path.chmod(0o640)
    for service in SERVICES:
        for ini in Path("/etc", service).glob("*-uwsgi.ini"):
            text = re.sub(r"(?m)^processes = .*$", f"processes = {PROCESSES.get(service, 1)}", ini.read_text())
            # A request that is answered before it is read to its end would be ended by a reset.
            text = text.replace("[uwsgi]\n", "[uwsgi]\npost-buffering = 65536\n", 1)
            text = re.sub(r"(?m)^(plugins = python3),apparmor$", r"\1", text)
            ini.write_text(re.sub(r"(?m)^apparmor-profile.*\n", "", text))
    Path("/etc/mysql/mariadb.conf.d/99-stand-in.cnf").write_text(MARIADB)
    for driver, place in DRIVERS.items():
        shutil.copy(HERE / driver, LIBRARY / place / "stand_in.py")
    entry = LIBRARY / "stand_in-1.dist-info"
    entry.mkdir(exist_ok=True)
    (entry / "METADATA").write_text("Metadata-Version: 2.1\nName: stand-in\nVersion: 1\n")
    name = "neutron.plugins.ml2.drivers.stand_in:Driver"
    (entry / "entry_points.txt").write_text(f"[neutron.ml2.mechanism_drivers]\nstand_in = {name}\n")


def fill_databases() -> None:
    """Make the databases with their tables, Keystone's before the others', and the messages' account."""
    statements = [f"CREATE DATABASE {name};" for name in DATABASES]
    for name in DATABASES:
        user = name.split("_")[0]
        statements.append(f"GRANT ALL ON {name}.* TO '{user}'@'localhost' IDENTIFIED BY '{PASSWORD}';")
        statements.append(f"GRANT ALL ON {name}.* TO '{user}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';")
    run("mariadb", "--execute", "\n".join(statements))
    run("rabbitmqctl", "add_user", "openstack", PASSWORD)
    run("rabbitmqctl", "set_permissions", "openstack", ".*", ".*", ".*")
    run("keystone-manage", "db_sync", user="keystone")
    for keys in ("fernet_setup", "credential_setup"):
        run("keystone-manage", keys, "--keystone-user", "keystone", "--keystone-group", "keystone")
    address = f"http://{ADDRESS}:5000/v3"
    urls = [option for kind in ("admin", "internal", "public") for option in (f"--bootstrap-{kind}-url", address)]
    os.environ["OS_BOOTSTRAP_PASSWORD"] = PASSWORD
    run("keystone-manage", "bootstrap", *urls, "--bootstrap-region-id", "here")
    run("systemctl", "enable", "--now", "keystone")
    run("glance-manage", "db_sync", user="glance")
    run("placement-manage", "db", "sync", user="placement")
    run("neutron-db-manage", "upgrade", "heads", user="neutron")
    run("cinder-manage", "db", "sync", user="cinder")
    run("nova-manage", "api_db", "sync", user="nova")
    run("nova-manage", "cell_v2", "map_cell0", user="nova")
    run("nova-manage", "db", "sync", user="nova")
    run("nova-manage", "cell_v2", "create_cell", "--name=here", user="nova")


def wait_for(what: str, found, seconds: float = 600) -> None:
    """Wait until a function returns something true without an exception of the cloud."""
    until = time.monotonic() + seconds
    while True:
        try:
            if found():
                return
        except (openstack.exceptions.SDKException, OSError) as error:
            print(f"{what}: {error}"[:300], flush=True)
        if time.monotonic() > until:
            raise SystemExit(f"{what}: not within {seconds:.0f} s")
        time.sleep(1)


def connection(user: str, project: str) -> openstack.connection.Connection:
    """Return a connection of a user in a project."""
    return openstack.connect(
        auth_url=f"http://{ADDRESS}:5000/v3",
        username=user,
        password=PASSWORD,
        project_name=project,
        user_domain_name="Default",
        project_domain_name="Default",
        region_name="here",
    )


def make_accounts(cloud: openstack.connection.Connection) -> None:
    """Make the services' accounts and endpoints, and two projects with a user each."""
    identity = cloud.identity
    role = {name: identity.find_role(name) or identity.create_role(name=name) for name in ROLES}
    service_project = identity.create_project(name="service", domain_id="default")
    for name, (kind, port, path) in SERVICES.items():
        if name == "keystone":
            continue
        user = identity.create_user(name=name, password=PASSWORD, domain_id="default")
        for granted in ("admin", "service"):
            identity.assign_project_role_to_user(service_project, user, role[granted])
        service = identity.create_service(name=name, type=kind)
        for interface in ("admin", "internal", "public"):
            url = f"http://{ADDRESS}:{port}{path}"
            identity.create_endpoint(service_id=service.id, interface=interface, url=url, region_id="here")
    for name in ("sepp", "other"):
        project = identity.create_project(name=name, domain_id="default")
        user = identity.create_user(name=name, password=PASSWORD, domain_id="default")
        identity.assign_project_role_to_user(project, user, role["member"])


def seed(cloud: openstack.connection.Connection) -> None:
    """Make what a project finds in a cloud: flavours, an image, the network to the outside, types of volumes."""
    for name, (cores, memory, disk) in FLAVOURS.items():
        cloud.create_flavor(name, ram=memory * 1024, vcpus=cores, disk=disk)
    image = Path("/var/tmp/image.raw")
    image.write_bytes(bytes(1024))
    cloud.create_image(
        "debian-13", filename=str(image), disk_format="raw", container_format="bare", visibility="public", wait=True
    )
    outside = cloud.network.create_network(
        name="outside",
        is_router_external=True,
        provider_network_type="flat",
        provider_physical_network="outside",
        is_shared=False,
    )
    outside_range = ADDRESS.rsplit(".", 1)[0]
    cloud.network.create_subnet(
        name="outside",
        network_id=outside.id,
        ip_version=4,
        cidr=f"{outside_range}.0/24",
        gateway_ip=f"{outside_range}.1",
        allocation_pools=[{"start": f"{outside_range}.100", "end": f"{outside_range}.199"}],
        is_dhcp_enabled=False,
    )
    for name in ("standard", "encrypted"):
        cloud.block_storage.create_type(name=name)


def write_clouds() -> None:
    """Write the settings of clients: the administrator's, and those of the two projects."""
    lines = ["clouds:"]
    for name, project in (("admin", "admin"), ("sepp", "sepp"), ("other", "other")):
        lines += [
            f"  {name}:",
            "    region_name: here",
            "    auth:",
            f"      auth_url: http://{ADDRESS}:5000/v3",
            f"      username: {name}",
            f"      password: {PASSWORD}",
            f"      project_name: {project}",
            "      user_domain_name: Default",
            "      project_domain_name: Default",
        ]
    Path("/root/clouds.yaml").write_text("\n".join(lines) + "\n")


def main() -> None:
    """Make the cloud."""
    configure()
    run("systemctl", "restart", "mariadb")
    run("systemctl", "start", "rabbitmq-server", "memcached")
    fill_databases()
    cloud = connection("admin", "admin")
    wait_for("Keystone", cloud.identity.get_token)
    make_accounts(cloud)
    # The first token knows none of the services.
    cloud = connection("admin", "admin")
    run("systemctl", "enable", *UNITS)
    # A service that starts before those that it needs is started again by systemd.
    run("systemctl", "start", "--no-block", *UNITS)
    nodes = ("mariadb", "--skip-column-names", "nova", "--execute", "SELECT host FROM compute_nodes")
    wait_for("Nova's node", lambda: run(*nodes))
    run("nova-manage", "cell_v2", "discover_hosts", user="nova")
    wait_for("Nova", lambda: all(service.state == "up" for service in cloud.compute.services()))
    wait_for("Glance", lambda: list(cloud.image.images()) == [])
    wait_for("Neutron", lambda: list(cloud.network.networks()) == [])
    wait_for("Cinder", lambda: all(service.state == "up" for service in cloud.block_storage.services()))
    seed(cloud)
    write_clouds()


if __name__ == "__main__":
    main()
