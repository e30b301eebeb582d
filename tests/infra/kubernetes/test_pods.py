"""The pods of services in a cluster: their files, and how they are started and asked."""

from base64 import b64encode

from pulumi.runtime import rpc

from sepp.catalogue import CATALOGUE
from sepp.targets.kubernetes import settings_of
from sepp.targets.kubernetes.files import File
from sepp.targets.kubernetes.names import HOST, SERVICE
from sepp.targets.kubernetes.place import Place
from sepp.targets.kubernetes.pod import FILES
from sepp.targets.kubernetes.process import running
from tests.cluster import made_of
from tests.graph import CONTENT, WRITTEN, Graph


def test_what_everybody_may_read_is_in_a_config_map_and_all_else_in_a_secret(graph: Graph) -> None:
    place = ("sepp-demo-core", "directory")
    shown, hidden = made_of(graph, "ConfigMap")[place], made_of(graph, "Secret")[place]
    assert shown["data"].pop("etc_2f_shown.conf") == "for everybody"
    assert all(key.startswith("etc_2f_systemd_2f_") for key in shown["data"])
    assert shown["binaryData"] == {"etc_2f_sh_f6_n.bin": "/w=="}
    assert rpc.unwrap_rpc_secret(hidden["data"]) == {"etc_2f_hidden_5f_key": b64encode(b"for nobody").decode()}


def test_a_service_is_a_pod_of_its_unit_its_files_and_its_claim(graph: Graph) -> None:
    pod = made_of(graph, "StatefulSet")["sepp-demo-core", "directory"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert container["command"] == ["/usr/bin/service", "--port", "1"]
    assert container["lifecycle"] == {"postStart": {"exec": {"command": ["/usr/bin/service", "--wait"]}}}
    assert container["image"] == f"localhost/sepp-directory:{CONTENT}"
    assert {each["name"]: each["value"] for each in container["env"]} == {
        "NAME": "value",
        "MAINPID": "1",
        "RUNTIME_DIRECTORY": "/run/service",
    }
    assert {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]} == {
        "/run/service": "folder-0",
        "/tmp": "temporary-directory",
        "/var/tmp": "temporary-directory",
        "/var/lib/ldap": "core-directory",
        "/etc/shown.conf": "shown",
        "/etc/shön.bin": "shown",
        "/etc/hidden_key": "hidden",
    }
    assert pod["terminationGracePeriodSeconds"] == 60
    assert pod["securityContext"]["fsGroup"] == CATALOGUE["directory"].number
    assert container["readinessProbe"]["tcpSocket"] == {"port": "ldaps"}


def test_a_service_without_data_is_a_deployment_that_is_asked_by_its_health_check(graph: Graph) -> None:
    pods = made_of(graph, "Deployment")
    [container] = pods["sepp-demo-core", "proxy"]["spec"]["template"]["spec"]["containers"]
    assert container["livenessProbe"]["tcpSocket"] == {"port": "https"}, "what is behind the entrance is not its own"
    [container] = pods["sepp-demo-core", "cas"]["spec"]["template"]["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"] == {"path": "/cas/login", "port": "http"}
    service = made_of(graph, "Service")["sepp-demo-core", "cas"]["spec"]
    assert [(port["name"], port["port"]) for port in service["ports"]] == [("http", 8080)]
    assert (service["selector"][HOST], service["selector"][SERVICE]) == ("core", "cas")


def test_a_certificate_of_the_clusters_is_in_the_place_of_the_platforms_own(make_graph) -> None:
    graph = make_graph(entrance={"secret": "of-the-site"})
    pod = made_of(graph, "Deployment")["sepp-demo-core", "proxy"]["spec"]["template"]["spec"]
    [volume] = [each["secret"] for each in pod["volumes"] if each["name"] == "certificate"]
    names = {item["path"]: item["key"] for item in volume["items"]}
    assert (volume["secretName"], names) == (
        "of-the-site",
        {"entrance.pem": "tls.crt", "entrance.key": "tls.key"},
    )
    [container] = pod["containers"]
    [mount] = [each for each in container["volumeMounts"] if each["name"] == "certificate"]
    assert mount["mountPath"] == "/etc/apache2/tls"
    # A part of a volume would stay as it is when the Secret changes.
    assert "subPath" not in mount
    deployment = graph.deployment
    place = Place(
        deployment=deployment, settings=settings_of(deployment), host=deployment.host("core"), service="proxy"
    )
    own = File(path=f"{mount['mountPath']}/entrance.key", content=b"own", secret=True)
    [process] = CATALOGUE["proxy"].parts
    assert own not in running(place, process, (*WRITTEN, own)).files


def test_a_service_of_several_units_is_a_pod_with_a_container_for_each(graph: Graph) -> None:
    pod = made_of(graph, "StatefulSet")["sepp-demo-planck", "storage"]["spec"]["template"]["spec"]
    sync, public, usage = pod["containers"]
    assert [each["name"] for each in pod["containers"]] == ["sync", "public", "usage"]
    assert sync["command"] == ["/usr/bin/keeper", "--every", "15"]
    assert [port["containerPort"] for port in public["ports"]] == [8070]
    assert usage["readinessProbe"]["tcpSocket"] == {"port": "usage"}
    assert "readinessProbe" not in sync, "nobody can ask it"


def test_root_has_the_rights_of_its_unit_and_is_nobody_else(graph: Graph) -> None:
    pod = made_of(graph, "StatefulSet")["sepp-demo-planck", "storage"]["spec"]["template"]["spec"]
    sync, public, _ = (each["securityContext"] for each in pod["containers"])
    assert (sync["runAsUser"], sync["capabilities"]) == (0, {"drop": ["ALL"], "add": ["CHOWN"]})
    assert "runAsUser" not in public
    assert public["capabilities"] == {"drop": ["ALL"]}
    assert pod["securityContext"]["runAsUser"] == CATALOGUE["storage"].number
    assert "fsGroup" not in pod["securityContext"], "tiers keep whose they are"


def test_a_process_sees_the_tiers_and_files_that_its_unit_lets_it(graph: Graph) -> None:
    pod = made_of(graph, "StatefulSet")["sepp-demo-planck", "storage"]["spec"]["template"]["spec"]
    sync, public, usage = (
        {mount["mountPath"]: mount.get("readOnly", False) for mount in each["volumeMounts"]}
        for each in pod["containers"]
    )
    tiers = ("/home", "/scratch", "/public", "/share", "/repository")
    assert [sync[tier] for tier in tiers] == [False] * 5
    assert sync["/var/lib/extrausers"]
    assert {path: public.get(path) for path in (*tiers, "/etc/hidden_key")} == {
        **dict.fromkeys((*tiers, "/etc/hidden_key")),
        "/public": True,
    }
    assert not {*usage} & {*tiers}
    assert usage["/var/lib/sepp"], "what others write it may only read"


def test_what_runs_now_and_then_is_run_by_its_calendar(graph: Graph) -> None:
    jobs = made_of(graph, "CronJob")
    assert {name: job["spec"]["schedule"] for (_, name), job in jobs.items()} == {
        "storage-purge": "@daily",
        "storage-audit": "@weekly",
    }
    template = jobs["sepp-demo-planck", "storage-purge"]["spec"]["jobTemplate"]["spec"]["template"]
    [container] = template["spec"]["containers"]
    seen = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert "/scratch" in seen
    assert not {"/home", "/repository"} & seen
    selector = made_of(graph, "Service")["sepp-demo-planck", "storage"]["spec"]["selector"]
    assert not selector.items() <= template["metadata"]["labels"].items(), "nobody connects to it"


def test_other_files_are_another_pod(make_graph, monkeypatch) -> None:
    def found() -> str:
        deployment = made_of(make_graph(), "Deployment")["sepp-demo-core", "cas"]
        return deployment["spec"]["template"]["metadata"]["annotations"][FILES]

    before = found()
    assert found() == before
    monkeypatch.setattr("tests.graph.WRITTEN", (*WRITTEN, File(path="/etc/more", content=b"", secret=True)))
    assert found() != before
