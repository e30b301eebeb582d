"""The storage tiers of a mission (SA)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sepp.catalogue.service import Health, Port, Process, Service, Size
from sepp.config.mission import Mission, Share, Storage
from sepp.config.units import MIB
from sepp.deployment import TIER_PATHS, Context, groups_of, share_accounts, tiers


def _variables(context: Context) -> Mapping[str, Any]:
    mission = context.mission
    storage = mission.storage or Storage.model_validate({})
    return {
        "storage_mission": mission.mission,
        "storage_backend": context.deployment.quota_backend,
        "storage_paths": {tier: TIER_PATHS[tier] for tier in tiers(mission)},
        "storage_tiers": _tiers(mission, storage),
        "storage_shares": [_share(mission, name, share) for name, share in storage.shares.items()],
        "storage_collections": _collections(mission, storage) if storage.repository else [],
        "storage_purge_after": storage.scratch.purge_after if storage.scratch else 0,
        "storage_demo": _is_demo(storage),
        "storage_address": context.own_address,
        "storage_public_port": STORAGE.port("public"),
        "storage_usage_port": STORAGE.port("usage"),
        # In a container a service has one number, and each process a container of its own.
        "storage_usage_user": STORAGE.user if context.services else "sepp-usage",
        "storage_usage_token": context.secrets["storage-usage"],
    }


def _is_demo(storage: Storage) -> bool:
    return bool(storage.repository and storage.repository.source.demo)


def _of_mission(mission: Mission, _: Path) -> Mapping[str, Any]:
    return {"storage_demo": True} if mission.storage and _is_demo(mission.storage) else {}


def _tiers(mission: Mission, storage: Storage) -> list[Mapping[str, Any]]:
    users = groups_of(mission.actors.values())
    publishers = groups_of(actor for actor in mission.actors.values() if "publish" in actor.may)
    return [
        {"name": name, "quota": tier.quota, "groups": groups}
        for name, tier, groups in (
            ("persistent", storage.persistent, users),
            ("scratch", storage.scratch, users),
            ("public", storage.public, publishers),
        )
        if tier is not None
    ]


def _share(mission: Mission, name: str, share: Share) -> Mapping[str, Any]:
    account = share_accounts(mission).get(name, "")
    return {"name": name, "quota": share.quota, "groups": list(share.groups), "account": account}


def _collections(mission: Mission, storage: Storage) -> list[Mapping[str, Any]]:
    repository = storage.repository
    return [
        {
            "name": name,
            "path": collection.path,
            "groups": groups,
            "accounts": [
                account
                for share, account in share_accounts(mission).items()
                # Else a member of one group would read through the share what only another's may.
                if {*storage.shares[share].groups} <= {*groups}
            ],
        }
        for name, collection in (repository.collections.items() if repository else ())
        for groups in [groups_of(actor for actor in mission.actors.values() if {"all", name} & {*actor.reads})]
    ]


_SYNC, _USAGE = "sepp-storage-sync.timer", "sepp-usage.service"

STORAGE = Service(
    name="storage",
    title="Storage Area",
    scenario="SA",
    scope="area",
    user="www-data",
    number=10005,
    ports=(
        Port(name="public", number=8070, reach="core"),
        Port(name="usage", number=8071, reach="core"),
        Port(name="nfs", number=2049, reach="area", for_mounts=True),
    ),
    health=Health(units=(_SYNC, _USAGE)),
    processes=(
        Process(name="sync", unit=_SYNC, main=True),
        Process(name="public", unit="sepp-public.service", tier="public", ports=("public",)),
        Process(name="usage", unit=_USAGE, ports=("usage",)),
        Process(name="purge", unit="sepp-storage-purge.timer", tier="scratch", now_and_then=True),
        Process(name="audit", unit="sepp-storage-audit.timer", tier="repository", now_and_then=True),
    ),
    keeps_tiers=True,
    # The demonstration data need most of it, once, while they are made.
    size=Size(cpu=0.3, memory=1024 * MIB),
    needs=("base",),
    of_mission=_of_mission,
    secrets={"storage-usage": "for seconds the portal shows no usage"},
    variables=_variables,
)
