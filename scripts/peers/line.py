"""One end of the least that carries texts: a TCP connection, a text a line.

    python line.py listen ADDRESS        python line.py call ADDRESS PATIENCE

What comes on standard input goes to the other end, what comes from there to standard output. It
calls until it is answered, for PATIENCE seconds each time, and nothing is sent before.
"""

import os
import socket
import sys
import threading
import time

PORT = 7000


def listened(address: str) -> socket.socket:
    with socket.create_server((address, PORT)) as listener:
        return listener.accept()[0]


def called(address: str, patience: float) -> socket.socket:
    while True:
        try:
            return socket.create_connection((address, PORT), timeout=patience)
        except OSError:
            time.sleep(0.05)


def carry(source: int, target: int) -> None:
    """Moves whatever there is, until there is no more."""
    while content := os.read(source, 1 << 16):
        while content:
            content = content[os.write(target, content):]


def main() -> None:
    how, address = sys.argv[1:3]
    line = listened(address) if how == "listen" else called(address, float(sys.argv[3]))
    line.settimeout(None)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ends = (sys.stdin.fileno(), line.fileno())
    threading.Thread(target=carry, args=ends, daemon=True).start()
    carry(line.fileno(), sys.stdout.fileno())


main()
