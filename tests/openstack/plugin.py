"""A provider plugin in place of Pulumi's own, which package registries do not have.

Makes what the program registers in the stand-in cloud, with openstacksdk, and starts a container for each server. It
changes and deletes nothing: what the real one does then is shown by `test_live.py`.
"""

import os
import sys
import time
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from openstack.exceptions import NotFoundException
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.openstack.making import Inputs, make
from tests.openstack.servers import FOLDER, Servers
from tests.openstack.stand_in import connect

SERVER = "openstack:compute/instance:Instance"
ATTACHMENT = "openstack:compute/volumeAttach:VolumeAttach"
ASSOCIATION = "openstack:networking/floatingIpAssociate:FloatingIpAssociate"


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """What the engine asks of a provider."""

    def __init__(self) -> None:
        self.servers = Servers(folder=Path(os.environ[FOLDER]))
        self.cloud: Any = None

    def GetPluginInfo(self, request, context):  # noqa: N802
        return plugin_pb2.PluginInfo(version="5.5.1")

    def CheckConfig(self, request, context):  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):  # noqa: N802
        return provider_pb2.DiffResponse()

    def Configure(self, request, context):  # noqa: N802
        self.cloud = connect(Path(os.environ["OS_CLIENT_CONFIG_FILE"]), _plain(request.args)["cloud"])
        return provider_pb2.ConfigureResponse()

    def Check(self, request, context):  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request, context):  # noqa: N802
        same = _plain(request.old_inputs) == _plain(request.news)
        changes = provider_pb2.DiffResponse.DIFF_NONE if same else provider_pb2.DiffResponse.DIFF_SOME
        return provider_pb2.DiffResponse(changes=changes)

    def Create(self, request, context):  # noqa: N802
        kind, inputs = _kind(request.urn), _plain(request.properties)
        identity, outputs = make(self.cloud, kind, inputs)
        if kind == SERVER:
            self._start(inputs)
        if kind == ATTACHMENT:
            volume = self.cloud.block_storage.get_volume(inputs["volumeId"])
            server = self.cloud.compute.get_server(inputs["instanceId"])
            self.servers.attach(server.name, volume.id, volume.size)
        if kind == ASSOCIATION:
            self._open(self.cloud.network.get_port(inputs["portId"]))
        return provider_pb2.CreateResponse(id=identity, properties=_struct({**inputs, **outputs, "id": identity}))

    def Read(self, request, context):  # noqa: N802
        server = request.id.partition("/")[0]
        if _kind(request.urn) in (SERVER, ATTACHMENT) and not self._there(server):
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def _start(self, inputs: Inputs) -> None:
        port = self.cloud.network.get_port(inputs["networks"][0]["port"])
        self.servers.start(inputs["name"], port.fixed_ips[0]["ip_address"], inputs["userData"])
        self._open(port)

    def _open(self, port: Any) -> None:
        """Give a port's server, if it runs already, the floating address of the port, if it has one already."""
        for address in self.cloud.network.ips(port_id=port.id):
            self.servers.open_to_the_outside(port.name, address.floating_ip_address)

    def _there(self, server: str) -> bool:
        try:
            return self.cloud.compute.get_server(server).status != "DELETED"
        except NotFoundException:
            return False


def _kind(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _plain(struct: struct_pb2.Struct) -> Inputs:
    return json_format.MessageToDict(struct)


def _struct(values: Inputs) -> struct_pb2.Struct:
    return json_format.ParseDict(values, struct_pb2.Struct())


def main() -> None:
    """Serve the engine, which reads the port from what is printed, until it ends this process."""
    server = grpc.server(futures.ThreadPoolExecutor(8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Plugin(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    while os.getppid() != 1:
        time.sleep(1)
    sys.exit()


if __name__ == "__main__":
    main()
