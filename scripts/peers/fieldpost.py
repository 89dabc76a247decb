"""Two linked sites of this repository."""

import os
from pathlib import Path

from bed import ADDRESS, LEFT, RIGHT, SIDES, Bed
from process import Client, Process, Trouble, run, until

NAME = {LEFT: "hq", RIGHT: "edge"}
TEAM, CHANNEL = "field", "ops"
PASSWORD = "correct horse battery"
LINK_PORT = 8066
API = "/api/v4"


class Site:
    """One site: its process, its data, and somebody who writes there."""

    def __init__(self, binary: Path, bed: Bed, folder: Path, side: str) -> None:
        self.binary = binary
        self.data = folder / NAME[side]
        self.socket = self.data / "fieldpost.sock"
        self.token = ""
        self.channel = ""
        self.newest = 0
        self.texts: set[str] = set()
        serve = [str(binary), "serve", "--data", str(self.data), "--listen", "127.0.0.1:8065",
                 "--site-name", NAME[side], "--link-listen", f"{ADDRESS[side]}:{LINK_PORT}"]
        self.process = Process(
            bed.command(side, serve), folder / f"{NAME[side]}.log",
            env={**os.environ, "FIELDPOST_LOG": "warn"},
        )
        self.reader = Client(self.socket)

    def sign_up(self, name: str) -> None:
        """Makes the writer's account, once the site answers, and signs in."""
        def is_up() -> bool:
            self.process.check("`fieldpost serve`")
            return self.reader.answers(f"{API}/system/ping")

        until(is_up, "`fieldpost serve`", 30)
        account = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        self.reader.want("POST", f"{API}/users", account)
        login = {"login_id": name, "password": PASSWORD}
        status, said, answer = self.reader.ask("POST", f"{API}/users/login", login)
        if status != 200:
            raise Trouble(f"signing in at a site: {status} {said}")
        self.token = answer.headers["Token"]
        self.reader.token = self.token

    def says(self, *words: str) -> str:
        command = [str(self.binary), *words, "--data", str(self.data)]
        return run(command, "fieldpost " + " ".join(words[:2])).strip()

    def found(self) -> bool:
        """Whether the shared channel is here."""
        path = f"{API}/teams/name/{TEAM}/channels/name/{CHANNEL}"
        status, channel, _ = self.reader.ask("GET", path)
        if status == 200:
            self.channel = channel["id"]
        return status == 200

    def join(self) -> None:
        """The writer joins the team and the channel that came over the link."""
        me = self.reader.want("GET", f"{API}/users/me")["id"]
        team = self.reader.want("GET", f"{API}/teams/name/{TEAM}")["id"]
        member = {"team_id": team, "user_id": me}
        self.reader.want("POST", f"{API}/teams/{team}/members", member)
        self.reader.want("POST", f"{API}/channels/{self.channel}/members", {"user_id": me})

    def poster(self):
        client = Client(self.socket, self.token)

        def post(text: str) -> None:
            client.want("POST", f"{API}/posts", {"channel_id": self.channel, "message": text})

        return post

    def seen(self) -> set[str]:
        """All texts here, from what has changed since it was asked last."""
        path = f"{API}/channels/{self.channel}/posts?since={self.newest}"
        posts = self.reader.want("GET", path)["posts"].values()
        self.texts.update(post["message"] for post in posts)
        self.newest = max([self.newest, *(post["update_at"] for post in posts)])
        return self.texts


class Fieldpost:
    """Two linked sites that share a channel."""

    title = "Fieldpost"

    def __init__(self, binary: Path, bed: Bed, folder: Path) -> None:
        self.binary = binary
        self.bed = bed
        self.folder = folder
        self.sites: dict[str, Site] = {}

    def start(self) -> None:
        for side in SIDES:
            self.sites[side] = Site(self.binary, self.bed, self.folder, side)
        hq, edge = self.sites[LEFT], self.sites[RIGHT]
        hq.sign_up("ada")
        edge.sign_up("bob")
        team = {"name": TEAM, "display_name": "Field", "type": "O"}
        team = hq.reader.want("POST", f"{API}/teams", team)
        channel = {"team_id": team["id"], "name": CHANNEL, "display_name": "Ops", "type": "O"}
        hq.channel = hq.reader.want("POST", f"{API}/channels", channel)["id"]
        code = hq.says("link", "invite", "--address", f"{ADDRESS[LEFT]}:{LINK_PORT}")
        edge.says("link", "accept", code)
        hq.says("link", "share", f"{TEAM}:{CHANNEL}", "--with", NAME[RIGHT])
        until(edge.found, "the shared channel at the other site", 60)
        edge.join()

    def poster(self, side: str):
        """Something that posts texts at this side, one after the other."""
        return self.sites[side].poster()

    def seen(self, side: str) -> set[str]:
        """The texts that are visible at this side."""
        return self.sites[side].seen()

    def when_cut(self) -> None:
        """A link finds out by itself."""

    def end(self) -> None:
        while self.sites:
            self.sites.popitem()[1].process.end()
