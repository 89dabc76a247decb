"""The raw limit: the same texts alone, over a TCP connection on the same link."""

import subprocess
import sys
import threading
from pathlib import Path

from bed import ADDRESS, LEFT, RIGHT, SIDES, Bed
from process import Process

LINE = Path(__file__).with_name("line.py")


class End:
    """One end of the connection, and what has arrived there."""

    def __init__(self, bed: Bed, folder: Path, side: str, how: list[str]) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        command = bed.command(side, [sys.executable, str(LINE), *how])
        self.process = Process(command, folder / f"{side}.log", **pipes)
        self.arrived: set[str] = set()
        self.lock = threading.Lock()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line in self.process.process.stdout:
            self.arrived.add(line.decode().rstrip("\n"))

    def say(self, text: str) -> None:
        with self.lock:
            self.process.process.stdin.write(text.encode() + b"\n")
            self.process.process.stdin.flush()

    def end(self) -> None:
        self.process.end()
        self.reader.join()
        self.process.process.stdin.close()
        self.process.process.stdout.close()


class Bare:
    """Two ends of a TCP connection."""

    title = "The texts alone"

    def __init__(self, bed: Bed, folder: Path) -> None:
        self.bed = bed
        self.folder = folder
        self.ends: dict[str, End] = {}

    def start(self) -> None:
        left = ADDRESS[LEFT]
        patience = str(max(0.05, 4 * self.bed.link.round_trip))
        hows = {LEFT: ["listen", left], RIGHT: ["call", left, patience]}
        for side in SIDES:
            self.ends[side] = End(self.bed, self.folder, side, hows[side])

    def poster(self, side: str):
        """Something that posts texts at this side, one after the other."""
        return self.ends[side].say

    def seen(self, side: str) -> set[str]:
        """The texts that were posted elsewhere and are visible at this side."""
        return set(self.ends[side].arrived)

    def when_cut(self) -> None:
        """A connection that outlives a cut waits out TCP's back-off; the least begins afresh."""
        self.end()
        self.start()

    def end(self) -> None:
        while self.ends:
            self.ends.popitem()[1].end()
