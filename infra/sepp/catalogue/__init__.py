"""The catalogue: every service that this version deploys, in the order in which a host gets them."""

from sepp.catalogue.base import BASE
from sepp.catalogue.cas import CAS
from sepp.catalogue.directory import DIRECTORY
from sepp.catalogue.hub import HUB
from sepp.catalogue.identity import IDENTITY
from sepp.catalogue.portal import PORTAL
from sepp.catalogue.proxy import PROXY
from sepp.catalogue.storage import STORAGE
from sepp.catalogue.volumes import VOLUMES

_ALL = (BASE, VOLUMES, DIRECTORY, CAS, PORTAL, PROXY, IDENTITY, STORAGE, HUB)

CATALOGUE = {service.name: service for service in _ALL}
