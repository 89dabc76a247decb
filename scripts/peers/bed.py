"""Two network namespaces with an emulated link between them, by `linkbed`."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path

from process import Process, Trouble, run, until

LEFT, RIGHT = "left", "right"
SIDES = (LEFT, RIGHT)
ADDRESS = {LEFT: "10.77.0.1", RIGHT: "10.77.0.2"}


@dataclass(frozen=True)
class Link:
    """A link to measure over."""

    name: str
    profile: str
    """As `linkbed profiles` lists them; without its jitter and its outages."""
    round_trip: float
    """In seconds."""


FAST = Link("100 Mbit/s, 0.4 ms", "lan", 0.0004)
THIN = Link("64 kbit/s, 600 ms, 2 %", "geo-64k", 0.6)


@dataclass(frozen=True)
class Traffic:
    """Bytes of IP packets that were put on the air, whatever became of them, by who sent them."""

    left: int
    right: int

    def since(self, before: "Traffic") -> "Traffic":
        return Traffic(self.left - before.left, self.right - before.right)


class Bed:
    """A running bed. Nothing but the link joins its sides."""

    def __init__(self, linkbed: Path, folder: Path, link: Link) -> None:
        self.linkbed = linkbed
        self.link = link
        self.control = folder / "bed.sock"
        self.process = Process(
            [str(linkbed), "--control", str(self.control), "up", "--profile", link.profile,
             "--jitter", "0", "--steady"],
            folder / "bed.log",
        )
        try:
            until(self._is_up, "the emulated link", 10)
        except BaseException:
            self.process.end()
            raise

    def _is_up(self) -> bool:
        try:
            self.process.check("`linkbed`")
        except Trouble as trouble:
            raise Trouble(
                "The emulated link could not be made. It needs Linux with /dev/net/tun, `ip` "
                "(iproute2), `unshare` and `nsenter` (util-linux), and root or leave to make user "
                f"namespaces.\n{trouble}"
            ) from None
        try:
            self.tell("stats")
            return True
        except OSError:
            return False

    def command(self, side: str, program: list[str]) -> list[str]:
        """The command that runs a program on one side."""
        return [str(self.linkbed), "--control", str(self.control), "exec", side, "--", *program]

    def tell(self, order: str):
        """Gives the link an order, and returns what it answers."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(10)
            line.connect(str(self.control))
            line.sendall(order.encode() + b"\n")
            answer = json.loads(line.makefile().readline())
        if isinstance(answer, dict) and "refused" in answer:
            raise Trouble(f"linkbed, {order}: {answer['refused']}")
        return answer

    def traffic(self) -> Traffic:
        """What has been on the air so far."""
        stats = self.tell("stats")["stats"]
        return Traffic(stats[LEFT]["aired"]["bytes"], stats[RIGHT]["aired"]["bytes"])

    def congestion_control(self) -> str:
        """How TCP is held back inside."""
        name = ["cat", "/proc/sys/net/ipv4/tcp_congestion_control"]
        return run(self.command(LEFT, name), "the congestion control of TCP").strip()

    def end(self) -> None:
        self.process.end()
