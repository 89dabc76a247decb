"""Two Matrix servers, by Synapse, that federate."""

import json
import os
import sys
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlencode

from bed import ADDRESS, LEFT, RIGHT, SIDES, Bed
from process import Client, Process, Trouble, run, until

FEDERATION_PORT = 8448
API = "/_matrix/client/v3"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
CERTIFICATE = Path(__file__).with_name("certificate.py")

# Synapse takes whoever comes through a socket in the file system for a proxy, and wants to be told
# for whom it asks.
ON_BEHALF = "X-Forwarded-For: 127.0.0.1"

# Clients are not held back: what one person may say in a second is not what is measured.
UNHURRIED = {"per_second": 100_000, "burst_count": 100_000}


def installed(folder: Path) -> Path:
    """An environment of its own with the required version; gives its Python."""
    python, stamp = folder / "bin/python", folder / "installed.txt"
    wanted = REQUIREMENTS.read_text() + sys.version
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print("installing Synapse into an environment of its own …", file=sys.stderr)
    run([sys.executable, "-m", "venv", "--clear", str(folder)], "making a virtual environment")
    run(
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check",
         "-r", str(REQUIREMENTS)],
        "Synapse could not be installed from the package index",
    )
    stamp.write_text(wanted)
    return python


def version(python: Path) -> str:
    """The versions of what is measured, in words."""
    ask = ("from importlib.metadata import version as v; import platform; "
           "print('Synapse', v('matrix-synapse'), 'on Twisted', v('Twisted'), "
           "'and Python', platform.python_version())")
    return run([str(python), "-c", ask], "asking for Synapse's version").strip()


def settings(folder: Path, address: str) -> dict:
    """What differs from Synapse's own defaults."""
    return {
        "server_name": f"{address}:{FEDERATION_PORT}",
        "listeners": [
            {"path": str(folder / "client.sock"), "type": "http",
             "resources": [{"names": ["client"]}]},
            {"port": FEDERATION_PORT, "bind_addresses": [address], "type": "http", "tls": True,
             "resources": [{"names": ["federation"]}]},
        ],
        "tls_certificate_path": str(folder / "tls.crt"),
        "tls_private_key_path": str(folder / "tls.key"),
        "signing_key_path": str(folder / "signing.key"),
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "log_config": str(folder / "log.yaml"),
        "report_stats": False,
        "presence": {"enabled": False},
        "enable_registration": True,
        "enable_registration_without_verification": True,
        "registration_shared_secret": "measured",
        "macaroon_secret_key": "measured",
        "form_secret": "measured",
        "federation_verify_certificates": False,
        "ip_range_blacklist": [],
        "federation_ip_range_blacklist": [],
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "rc_message": UNHURRIED,
        "rc_registration": UNHURRIED,
        "rc_login": {"address": UNHURRIED, "account": UNHURRIED},
        "rc_joins": {"local": UNHURRIED, "remote": UNHURRIED},
    }


QUIET_LOG = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
    "disable_existing_loggers": False,
}


class Server:
    """One server, and somebody who writes there."""

    def __init__(self, python: Path, bed: Bed, folder: Path, side: str) -> None:
        folder.mkdir()
        self.socket = folder / "client.sock"
        self.name = f"{ADDRESS[side]}:{FEDERATION_PORT}"
        self.token = ""
        self.room = ""
        self.since = ""
        self.texts: set[str] = set()
        self.numbers = count()
        run([str(python), str(CERTIFICATE), ADDRESS[side], str(folder)], "making a certificate")
        config = folder / "homeserver.yaml"
        # JSON is YAML.
        config.write_text(json.dumps(settings(folder, ADDRESS[side])))
        (folder / "log.yaml").write_text(json.dumps(QUIET_LOG))
        program = [str(python), "-m", "synapse.app.homeserver", "-c", str(config)]
        run([*program, "--generate-keys"], "making Synapse's signing key")
        self.process = Process(
            bed.command(side, program), folder / "server.log",
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self.reader = Client(self.socket, more=ON_BEHALF)

    def sign_up(self, name: str) -> None:
        """Makes the writer's account, once the server answers."""
        def is_up() -> bool:
            self.process.check("Synapse")
            return self.reader.answers("/_matrix/client/versions")

        until(is_up, "Synapse", 90)
        account = {"username": name, "password": "correct horse battery",
                   "auth": {"type": "m.login.dummy"}}
        self.token = self.reader.want("POST", f"{API}/register", account)["access_token"]
        self.reader.token = self.token

    def poster(self):
        client = Client(self.socket, self.token, ON_BEHALF)
        room = quote(self.room, safe="")

        def post(text: str) -> None:
            path = f"{API}/rooms/{room}/send/m.room.message/{next(self.numbers)}"
            client.want("PUT", path, {"msgtype": "m.text", "body": text})

        return post

    def seen(self) -> set[str]:
        """All texts here, as a client learns of them."""
        wanted = {"room": {"timeline": {"limit": 1000}}, "presence": {"not_types": ["*"]}}
        query = {"filter": json.dumps(wanted), "timeout": "0"}
        if self.since:
            query["since"] = self.since
        said = self.reader.want("GET", f"{API}/sync?{urlencode(query)}")
        self.since = said["next_batch"]
        joined = said.get("rooms", {}).get("join", {}).get(self.room)
        for event in joined["timeline"]["events"] if joined else ():
            if event["type"] == "m.room.message":
                self.texts.add(event["content"]["body"])
        return self.texts


class Matrix:
    """Two servers with a room that both are in: public, unencrypted, of the usual version."""

    title = "Matrix (Synapse)"

    def __init__(self, python: Path, bed: Bed, folder: Path) -> None:
        self.python = python
        self.bed = bed
        self.folder = folder
        self.servers: dict[str, Server] = {}

    def start(self) -> None:
        for side in SIDES:
            self.servers[side] = Server(self.python, self.bed, self.folder / side, side)
        left, right = self.servers[LEFT], self.servers[RIGHT]
        left.sign_up("ada")
        right.sign_up("bob")
        made = left.reader.want("POST", f"{API}/createRoom", {"preset": "public_chat"})
        left.room = right.room = made["room_id"]

        def joined() -> bool:
            via = urlencode({"server_name": left.name, "via": left.name})
            room = quote(left.room, safe="")
            status, said, _ = right.reader.ask("POST", f"{API}/join/{room}?{via}", {})
            if status not in (200, 502, 504):
                raise Trouble(f"joining the room over the link: {status} {json.dumps(said)}")
            return status == 200

        until(joined, "joining the room over the link", 180, every=1)

    def poster(self, side: str):
        """Something that posts texts at this side, one after the other."""
        return self.servers[side].poster()

    def seen(self, side: str) -> set[str]:
        """The texts that are visible at this side."""
        return self.servers[side].seen()

    def when_cut(self) -> None:
        """A server finds out by itself."""

    def end(self) -> None:
        while self.servers:
            self.servers.popitem()[1].process.end()
