"""Processes that are started for a measurement and end with it, and how one speaks with them."""

import http.client
import json
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path


# Set once somebody wants all of it to end.
stopping = threading.Event()


class Trouble(Exception):
    """What went wrong, in a sentence for whoever started the measurement."""


class Late(Trouble):
    """What was waited for did not come in time."""


class Process:
    """A program that runs until it is ended."""

    def __init__(self, command: list[str], log: Path, stdin=subprocess.DEVNULL, **more) -> None:
        self.log = log
        with open(log, "ab") as out:
            # A group of its own: Ctrl-C is for the measurement, which then ends all in order.
            self.process = subprocess.Popen(
                command, stdin=stdin, stderr=out, start_new_session=True,
                **{"stdout": out, **more},
            )

    def check(self, what: str) -> None:
        """Complains with the last words of a program that has ended."""
        if self.process.poll() is not None:
            words = self.log.read_text(errors="replace").strip().splitlines()
            said = "\n".join(words[-5:]) or "and said nothing"
            raise Trouble(f"{what} ended at once: {said}")

    def end(self) -> None:
        """Ends it, with patience for ten seconds."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


def run(command: list[str], what: str) -> str:
    """Runs a program to its end and gives what it printed; complains if it failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise Trouble(f"{what}: {error}") from error
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise Trouble(f"{what}: " + ("\n".join(words[-5:]) or f"exit code {done.returncode}"))
    return done.stdout


def until(so, what: str, seconds: float, every: float = 0.05):
    """Asks again and again until the answer is not empty, and gives it."""
    last = time.monotonic() + seconds
    while True:
        answer = so()
        if answer:
            return answer
        if time.monotonic() > last:
            raise Late(f"{what}: not within {seconds:g} s")
        if stopping.wait(every):
            raise Trouble("stopped")


class Client:
    """A kept connection to a server's own socket in the file system.

    Such a socket is reached from every network namespace, so what a client says passes no link.
    A request is written at once: nothing of it waits for an acknowledgement of TCP.
    """

    def __init__(self, path: Path, token: str = "", more: str = "") -> None:
        self.path = path
        self.token = token
        self.more = more
        self.socket: socket.socket | None = None

    def ask(self, method: str, path: str, body=None):
        """Asks, and gives the status, the JSON of the answer, and the answer for its headers."""
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
        if self.more:
            head += f"{self.more}\r\n"
        if self.token:
            head += f"Authorization: Bearer {self.token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        if self.socket is None:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(60)
            self.socket.connect(str(self.path))
        self.socket.sendall(head.encode() + content)
        answer = http.client.HTTPResponse(self.socket, method=method)
        answer.begin()
        said = answer.read()
        if answer.will_close:
            self.close()
        return answer.status, json.loads(said) if said else None, answer

    def want(self, method: str, path: str, body=None):
        """Asks for something that has to succeed, and gives the JSON of the answer."""
        status, said, _ = self.ask(method, path, body)
        if not 200 <= status < 300:
            raise Trouble(f"{method} {path}: {status} {json.dumps(said)}")
        return said

    def answers(self, path: str) -> bool:
        """Whether somebody is there and answers 200."""
        try:
            return self.ask("GET", path)[0] == 200
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            return False

    def close(self) -> None:
        """Lets go of the connection; the next request makes another."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None
