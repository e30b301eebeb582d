"""A picture of a platform: its areas and hosts, what runs there, what is kept, and who may connect to what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from sepp.catalogue import CATALOGUE
from sepp.config.units import GIB, format_size
from sepp.deployment import Deployment, Host

_WIDTH = 1200
_MARGIN = 36
_GUTTER = 52
"""Room between areas, in which the connections run."""
_PAD = 18
_LINE = 21
_CHIP = 28
_HEAD = 46
_LEAST_HOST = 300
"""Width below which two hosts of an area do not stand side by side."""
_CHAR = 7.1
_BOLD = 9.1
"""Width of a character of text and of names, roughly."""

_STYLE = """
text { font: 13px system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; fill: #141b2d }
.page { fill: #f6f7fb } .area { fill: #fff; stroke: #d9dfec } .host { fill: #f6f7fb; stroke: #b9c2d8 }
.core { fill: #e5ebfb; stroke: #9db0e4 } .chip { fill: #2748b0 } .chip-text { fill: #fff; font-size: 12px }
.title { font-size: 22px; font-weight: 700 } .name { font-size: 15px; font-weight: 650 } .quiet { fill: #4c5773 }
.middle { text-anchor: middle }
.in { stroke: #2748b0; stroke-width: 2; fill: none }
.back { stroke: #a04a00; stroke-width: 2; fill: none; stroke-dasharray: 6 5 }
.tip-in { fill: #2748b0 } .tip-back { fill: #a04a00 } .disk { fill: none; stroke: #136b41; stroke-width: 1.6 }
.port { fill: none; stroke: #2748b0; stroke-width: 1.6 } .outside { fill: #0b1128 }
.outside-text { fill: #fff; font-weight: 600 }
@media (prefers-color-scheme: dark) {
  text { fill: #e9edf9 } .page { fill: #0a0f1f } .area { fill: #121930; stroke: #27324f }
  .host { fill: #1a2340; stroke: #3b4a72 }
  .core { fill: #1d2a55; stroke: #4a61ad } .chip { fill: #a3b8ff } .chip-text { fill: #0a1333 } .quiet { fill: #a9b4d0 }
  .in, .port { stroke: #a3b8ff } .back { stroke: #ffbe7d } .tip-in { fill: #a3b8ff } .tip-back { fill: #ffbe7d }
  .disk { stroke: #6bd7a1 } .outside { fill: #e9edf9 } .outside-text { fill: #0b1128 }
}"""


def diagram(deployment: Deployment) -> str:
    """Draw a platform as SVG, readable in light and dark; the same platform always gives the same text."""
    drawing = _Drawing(deployment)
    drawing.draw()
    title = f"Platform {deployment.platform.title} ({deployment.target}/{deployment.name})"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {drawing.height}" width="{_WIDTH}"'
            f' height="{drawing.height}" role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(_description(deployment))}</desc>',
            f"<style>{_STYLE}</style>",
            *drawing.parts,
            "</svg>",
            "",
        ]
    )


def _description(deployment: Deployment) -> str:
    hosts = (f"Host {host.name} in area {host.area} runs {', '.join(_titles(host))}." for host in deployment.hosts)
    rules = (f"{rule.source} may connect to {rule.host}:{rule.port} ({rule.service})." for rule in deployment.rules)
    return " ".join([*hosts, *rules])


def _titles(host: Host) -> list[str]:
    return [CATALOGUE[service].title for service in host.services]


@dataclass(frozen=True)
class _Box:
    """A rectangle of the picture."""

    x: float
    y: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


@dataclass(kw_only=True)
class _Gutter:
    """The room at the left (`x`) of a column of areas: where connections lead into them and back to the core."""

    x: int
    inwards: list[int] = field(default_factory=list[int])
    back: list[int] = field(default_factory=list[int])


@dataclass
class _Drawing:
    """The parts of the picture, drawn from top to bottom."""

    deployment: Deployment
    parts: list[str] = field(default_factory=list[str])
    height: int = 0

    def draw(self) -> None:
        """Draw everything."""
        core = [host for host in self.deployment.hosts if host.area == "core"]
        areas = [
            (mission.title, [host for host in self.deployment.hosts if host.area == mission.mission])
            for mission in self.deployment.missions
        ]
        self._text(_MARGIN, 50, self.deployment.platform.title, "title")
        self._text(_MARGIN, 74, f"{self.deployment.target}/{self.deployment.name} · {self.deployment.url()}", "quiet")
        width = _WIDTH - 2 * _MARGIN
        box = _Box(_MARGIN, 150, width, self._area_height(core, width))
        self._area(box, "Core", core, "core")
        self._outside(core, box.y)
        self.height = self._legend(self._areas(areas, round(box.bottom)))
        self.parts.insert(0, f'<rect class="page" width="{_WIDTH}" height="{self.height}"/>')

    def _outside(self, core: Sequence[Host], top: float) -> None:
        """Draw who comes from outside, above the core whose upper edge is `top`."""
        names = {host.name for host in core}
        ports = sorted({rule.port for rule in self.deployment.rules if rule.source == "outside" and rule.host in names})
        label = f"Outside: browsers, TLS to port {', '.join(map(str, ports))}"
        width = len(label) * _CHAR + 40
        left = _WIDTH - _MARGIN - width
        self._rect(_Box(left, 64, width, 34), "outside", 17)
        self._text(left + width / 2, 86, label, "outside-text middle")
        self._arrow([(left + width / 2, 98), (left + width / 2, top - 2)], "in")

    def _areas(self, areas: Sequence[tuple[str, Sequence[Host]]], top: int) -> int:
        """Draw the missions' areas below the core in a grid; return the lower edge."""
        columns = 1 if len(areas) == 1 else 2 if len(areas) <= 4 else 3
        width = (_WIDTH - 2 * _MARGIN - columns * _GUTTER) // columns
        gutters = [_Gutter(x=_MARGIN + _GUTTER + column * (width + _GUTTER)) for column in range(columns)]
        y = top + 44
        for start in range(0, len(areas), columns):
            row = areas[start : start + columns]
            height = max(self._area_height(hosts, width) for _, hosts in row)
            for gutter, (title, hosts) in zip(gutters, row, strict=False):
                self._area(_Box(gutter.x, y, width, height), title, hosts, "area")
                self._note_connections(gutter, y, hosts)
            y += height + 28
        for gutter in gutters:
            self._connections(gutter, top)
        return y

    def _note_connections(self, gutter: "_Gutter", y: int, hosts: Sequence[Host]) -> None:
        """Note which connections there are between the core and an area whose upper edge is `y`."""
        area = {host.name for host in hosts}
        core = {host.name for host in self.deployment.hosts if host.area == "core"}
        rules = self.deployment.rules
        if any(rule.source in core and rule.host in area for rule in rules):
            gutter.inwards.append(y + 22)
        if any(rule.source in {"platform", *area} and rule.host in core for rule in rules):
            gutter.back.append(y + 40)

    def _connections(self, gutter: "_Gutter", core_bottom: int) -> None:
        """Draw the connections of a column of areas, as branches of one line each way."""
        if gutter.inwards:
            self._line([(gutter.x - 38, core_bottom), (gutter.x - 38, max(gutter.inwards))], "in")
        for y in gutter.inwards:
            self._arrow([(gutter.x - 38, y), (gutter.x - 2, y)], "in")
        for y in gutter.back:
            self._line([(gutter.x, y), (gutter.x - 20, y)], "back")
        if gutter.back:
            self._arrow([(gutter.x - 20, max(gutter.back)), (gutter.x - 20, core_bottom + 2)], "back")

    def _legend(self, y: int) -> int:
        self._arrow([(_MARGIN, y + 16), (_MARGIN + 44, y + 16)], "in")
        self._text(_MARGIN + 56, y + 21, "the entrance hands requests on")
        self._arrow([(_MARGIN + 300, y + 16), (_MARGIN + 344, y + 16)], "back")
        self._text(_MARGIN + 356, y + 21, "hosts ask the core")
        self._text(_MARGIN + 540, y + 21, "All other connections are refused.", "quiet")
        return y + 52

    def _area(self, box: _Box, title: str, hosts: Sequence[Host], style: str) -> None:
        """Draw an area with its hosts."""
        self._rect(box, style, 14)
        self._text(box.x + _PAD, box.y + 29, _short(title, box.width - 2 * _PAD, _BOLD), "name")
        top = box.y + _HEAD
        for row in _rows(hosts, box.width):
            width = _host_width(row, box.width)
            height = self._row_height(row, width)
            for column, host in enumerate(row):
                self._host(_Box(box.x + _PAD + column * (width + _PAD), top, width, height), host)
            top += height + _PAD

    def _area_height(self, hosts: Sequence[Host], width: float) -> int:
        rows = _rows(hosts, width)
        return _HEAD + sum(self._row_height(row, _host_width(row, width)) + _PAD for row in rows)

    def _row_height(self, row: Sequence[Host], width: float) -> int:
        return max(_Block.of(self.deployment, host, width).height for host in row)

    def _host(self, box: _Box, host: Host) -> None:
        block = _Block.of(self.deployment, host, box.width)
        self._rect(box, "host", 10)
        self._text(box.x + 14, box.y + 26, host.name, "name")
        cores = "1 core" if host.cpu == 1 else f"{host.cpu} cores"
        self._text(box.x + 14, box.y + 45, f"{cores}, {host.memory / GIB:.1f} GiB of memory", "quiet")
        top = box.y + 58
        for row in block.chips:
            left = box.x + 14
            for title in row:
                chip = _chip_width(title)
                self._rect(_Box(left, top, chip, 22), "chip", 11)
                self._text(left + chip / 2, top + 15, title, "chip-text middle")
                left += chip + 8
            top += _CHIP
        for icon, text in block.lines:
            self.parts.append(_ICONS[icon].format(x=f"{box.x + 14:g}", y=f"{top + 1:g}"))
            self._text(box.x + 36, top + 14, _short(text, box.width - 50), "quiet")
            top += _LINE

    def _rect(self, box: _Box, style: str, radius: int) -> None:
        size = f'x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"'
        self.parts.append(f'<rect class="{style}" {size} rx="{radius}"/>')

    def _text(self, x: float, y: float, text: str, style: str = "plain") -> None:
        self.parts.append(f'<text class="{style}" x="{x:g}" y="{y:g}">{escape(text)}</text>')

    def _arrow(self, points: Sequence[tuple[float, float]], style: str) -> None:
        (x0, y0), (x, y) = points[-2:]
        dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
        back_x, back_y = x - 9 * dx, y - 9 * dy
        tip = f"{x:g},{y:g} {back_x + 5 * dy:g},{back_y + 5 * dx:g} {back_x - 5 * dy:g},{back_y - 5 * dx:g}"
        self._line(points, style)
        self.parts.append(f'<polygon class="tip-{style}" points="{tip}"/>')

    def _line(self, points: Sequence[tuple[float, float]], style: str) -> None:
        path = "L".join(f"{x:g} {y:g}" for x, y in points)
        self.parts.append(f'<path class="{style}" d="M{path}"/>')


_ICONS = {
    "disk": '<path class="disk" d="M{x} {y}m0 4c0-4 13-4 13 0v8c0 4-13 4-13 0zc0 4 13 4 13 0"/>',
    "port": '<path class="port" d="M{x} {y}m0 8h11m-4-4l4 4-4 4"/>',
}


@dataclass(frozen=True, kw_only=True)
class _Block:
    """What a host's box shows: rows of services, then lines of ports and volumes, each with its icon."""

    chips: tuple[tuple[str, ...], ...]
    lines: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, deployment: Deployment, host: Host, width: float) -> "_Block":
        """Gather it for a box of a width."""
        lines = [
            *(("port", text) for text in _ports(deployment, host)),
            *(("disk", text) for text in _disks(deployment, host)),
        ]
        return cls(chips=tuple(_wrapped(_titles(host), width - 28)), lines=tuple(lines))

    @property
    def height(self) -> int:
        """Height of the box."""
        return 58 + len(self.chips) * _CHIP + len(self.lines) * _LINE + 12


def _ports(deployment: Deployment, host: Host) -> Iterator[str]:
    """Say who may connect to which service, one line each."""
    ports: dict[tuple[str, str], list[int]] = {}
    for rule in deployment.rules:
        if rule.host == host.name:
            ports.setdefault((rule.source, rule.service), []).append(rule.port)
    for (source, service), numbers in sorted(ports.items()):
        name = "all hosts" if source == "platform" else source
        yield f"{name} to {', '.join(map(str, sorted(numbers)))} {CATALOGUE[service].title}"


def _disks(deployment: Deployment, host: Host) -> Iterator[str]:
    """Say what is mounted where; sizes stand at the host that keeps a volume."""
    sizes = {volume.name: volume.size for volume in deployment.volumes}
    for mount in host.mounts:
        keeps = host.mounts_filesystems or mount.volume == f"{host.area}-{_service_of(host, mount.path)}"
        size = f", {format_size(sizes[mount.volume])}" if keeps and mount.volume in sizes else ""
        if mount.source is None:
            yield f"{mount.path}{size}{', read-only' if mount.read_only else ''}"
    if given := sum(mount.source is not None for mount in host.mounts):
        yield f"{given} folder{'s' if given > 1 else ''} of the operator's, read-only"


def _service_of(host: Host, path: str) -> str | None:
    return next((service for service in host.services if CATALOGUE[service].data == path), None)


def _rows(hosts: Sequence[Host], width: float) -> Iterator[Sequence[Host]]:
    """Give the rows of an area's hosts: as many side by side as there is room for."""
    count = max(1, int((width - _PAD) // (_LEAST_HOST + _PAD)))
    for start in range(0, len(hosts), count):
        yield hosts[start : start + count]


def _host_width(row: Sequence[Host], width: float) -> float:
    return (width - _PAD * (len(row) + 1)) // len(row)


def _chip_width(title: str) -> float:
    return round(len(title) * 6.8 + 20)


def _wrapped(titles: Sequence[str], width: float) -> Iterator[tuple[str, ...]]:
    row: list[str] = []
    for title in titles:
        if row and sum(_chip_width(other) + 8 for other in row) + _chip_width(title) > width:
            yield tuple(row)
            row = []
        row.append(title)
    yield tuple(row)


def _short(text: str, width: float, character: float = _CHAR) -> str:
    """Cut a text that is too long for its box."""
    most = int(width / character)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
