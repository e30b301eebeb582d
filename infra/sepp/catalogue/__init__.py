"""The catalogue: every service that this version deploys, in the order in which a host gets them."""

from sepp.catalogue.base import BASE
from sepp.catalogue.cas import CAS
from sepp.catalogue.directory import DIRECTORY
from sepp.catalogue.hub import HUB
from sepp.catalogue.portal import PORTAL
from sepp.catalogue.proxy import PROXY
from sepp.catalogue.storage import STORAGE
from sepp.catalogue.volumes import VOLUMES

CATALOGUE = {service.name: service for service in (BASE, VOLUMES, DIRECTORY, CAS, PORTAL, PROXY, STORAGE, HUB)}
