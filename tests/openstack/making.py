"""Makes in the stand-in cloud what the program registers, with its inputs: in place of the engine and the provider."""

import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import pulumi
from pulumi.runtime import rpc

from tests.graph import Mocks

Inputs = dict[str, Any]
Made = tuple[str, dict[str, Any]]
"""The id in the cloud, and the outputs that are no inputs."""


# Neutron's server in the stand-in cloud resets connections of which it has many at once.
_one_at_a_time = threading.Lock()


def make(operator: Any, kind: str, inputs: Inputs) -> Made:
    """Make a resource of a kind in the operator's project."""
    with _one_at_a_time if "networking/" in kind else nullcontext():
        return _MAKERS[kind.removeprefix("openstack:")](operator, inputs)


class Making(Mocks):
    """Makes each of OpenStack's resources when it is registered."""

    def __init__(self, operator: Any) -> None:
        super().__init__()
        self.operator = operator
        self.made: dict[tuple[str, str], str] = {}
        """Ids in the cloud by type and name."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> Made:
        if not args.typ.startswith("openstack:"):
            return super().new_resource(args)
        inputs = _plain(args.inputs)
        self.inputs[args.typ, args.name] = inputs
        identity, outputs = make(self.operator, args.typ, inputs)
        self.made[args.typ, args.name] = identity
        return identity, {**inputs, **outputs}


def _plain(value: Any) -> Any:
    """Return a value without the engine's marks of secrets, as providers get it."""
    value = rpc.unwrap_rpc_secret(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _network(operator: Any, inputs: Inputs) -> Made:
    return _tagged(operator, operator.network.create_network(name=inputs["name"]), inputs)


def _subnet(operator: Any, inputs: Inputs) -> Made:
    made = operator.network.create_subnet(
        name=inputs["name"],
        network_id=inputs["networkId"],
        cidr=inputs["cidr"],
        ip_version=int(inputs["ipVersion"]),
        dns_nameservers=inputs.get("dnsNameservers", []),
    )
    return _tagged(operator, made, inputs)


def _router(operator: Any, inputs: Inputs) -> Made:
    way_out = {"network_id": inputs["externalNetworkId"]}
    return _tagged(operator, operator.network.create_router(name=inputs["name"], external_gateway_info=way_out), inputs)


def _router_interface(operator: Any, inputs: Inputs) -> Made:
    made = operator.network.add_interface_to_router(inputs["routerId"], subnet_id=inputs["subnetId"])
    return made["port_id"], {}


def _group(operator: Any, inputs: Inputs) -> Made:
    group = operator.network.create_security_group(name=inputs["name"])
    assert inputs["deleteDefaultRules"]
    for rule in group.security_group_rules:
        operator.network.delete_security_group_rule(rule["id"])
    return _tagged(operator, group, inputs)


def _rule(operator: Any, inputs: Inputs) -> Made:
    made = operator.network.create_security_group_rule(
        security_group_id=inputs["securityGroupId"],
        direction=inputs["direction"],
        ether_type=inputs["ethertype"],
        protocol=inputs.get("protocol"),
        port_range_min=_whole(inputs.get("portRangeMin")),
        port_range_max=_whole(inputs.get("portRangeMax")),
        remote_ip_prefix=inputs.get("remoteIpPrefix"),
        remote_group_id=inputs.get("remoteGroupId"),
    )
    return made.id, {}


def _port(operator: Any, inputs: Inputs) -> Made:
    port = operator.network.create_port(
        name=inputs["name"],
        network_id=inputs["networkId"],
        fixed_ips=[{"subnet_id": each["subnetId"]} for each in inputs["fixedIps"]],
        security_group_ids=inputs["securityGroupIds"],
    )
    identity, _ = _tagged(operator, port, inputs)
    return identity, {"allFixedIps": [each["ip_address"] for each in port.fixed_ips]}


def _server(operator: Any, inputs: Inputs) -> Made:
    made = operator.create_server(
        inputs["name"],
        image=inputs["imageId"],
        flavor=inputs["flavorId"],
        nics=[{"port-id": each["port"]} for each in inputs["networks"]],
        meta=inputs["metadata"],
        userdata=inputs["userData"],
        config_drive=inputs["configDrive"],
        auto_ip=False,
        wait=True,
    )
    return made.id, {}


def _volume(operator: Any, inputs: Inputs) -> Made:
    made = operator.create_volume(
        size=int(inputs["size"]),
        name=inputs["name"],
        volume_type=inputs.get("volumeType"),
        metadata=inputs["metadata"],
        wait=True,
    )
    return made.id, {}


def _attachment(operator: Any, inputs: Inputs) -> Made:
    server = operator.compute.get_server(inputs["instanceId"])
    operator.attach_volume(server, operator.get_volume_by_id(inputs["volumeId"]), wait=True)
    return f"{inputs['instanceId']}/{inputs['volumeId']}", {}


def _address(operator: Any, inputs: Inputs) -> Made:
    pool = operator.network.find_network(inputs["pool"], ignore_missing=False)
    address = operator.network.create_ip(floating_network_id=pool.id)
    identity, _ = _tagged(operator, address, inputs)
    return identity, {"address": address.floating_ip_address}


def _association(operator: Any, inputs: Inputs) -> Made:
    [address] = operator.network.ips(floating_ip_address=inputs["floatingIp"])
    operator.network.update_ip(address, port_id=inputs["portId"])
    return address.id, {}


def _tagged(operator: Any, made: Any, inputs: Inputs) -> Made:
    operator.network.set_tags(made, inputs["tags"])
    return made.id, {}


def _whole(number: float | None) -> int | None:
    """The engine knows numbers of one kind only."""
    return None if number is None else int(number)


_MAKERS: dict[str, Callable[[Any, Inputs], Made]] = {
    "networking/network:Network": _network,
    "networking/subnet:Subnet": _subnet,
    "networking/router:Router": _router,
    "networking/routerInterface:RouterInterface": _router_interface,
    "networking/secGroup:SecGroup": _group,
    "networking/secGroupRule:SecGroupRule": _rule,
    "networking/port:Port": _port,
    "networking/floatingIp:FloatingIp": _address,
    "networking/floatingIpAssociate:FloatingIpAssociate": _association,
    "compute/instance:Instance": _server,
    "compute/volumeAttach:VolumeAttach": _attachment,
    "blockstorage/volume:Volume": _volume,
}
