"""The Python library mattermostdriver, unmodified, against a live server.

    python journey.py http://127.0.0.1:8065

Signs up, signs in, posts, reads back, and hears of it over the library's own WebSocket. For an
address with https, REQUESTS_CA_BUNDLE and SSL_CERT_FILE name the certificate to trust.
"""

import asyncio
import json
import secrets
import ssl
import sys
import threading
from urllib.parse import urlsplit

from mattermostdriver import Driver

PASSWORD = "correct horse battery"


def let_its_socket_encrypt() -> None:
    """Gives the library's socket a context for clients.

    It asks for one for servers, which Python since 3.10 refuses for a connection that goes out.
    """
    create = ssl.create_default_context
    ssl.create_default_context = lambda purpose=None, **more: create(**more)


def driver(url: str, login: str) -> Driver:
    where = urlsplit(url)
    return Driver(
        {
            "url": where.hostname,
            "port": where.port,
            "scheme": where.scheme,
            "login_id": login,
            "password": PASSWORD,
            "timeout": 10,
        }
    )


def signed_up(url: str, username: str) -> Driver:
    person = driver(url, username)
    account = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
    person.users.create_user(account)
    person.login()
    return person


class Ear:
    """Listens on the library's socket in a thread of its own."""

    def __init__(self, person: Driver) -> None:
        self.messages: list[dict] = []
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._run, args=(person,), daemon=True)
        self.thread.start()
        self.wait(lambda message: message.get("event") == "hello")

    def _run(self, person: Driver) -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        person.init_websocket(self._hear)

    async def _hear(self, text: str) -> None:
        with self.changed:
            self.messages.append(json.loads(text))
            self.changed.notify_all()

    def wait(self, matches) -> dict:
        def found():
            return next((message for message in self.messages if matches(message)), None)

        with self.changed:
            assert self.changed.wait_for(found, timeout=10), self.messages
            return found()


def main() -> None:
    url = sys.argv[1]
    if url.startswith("https:"):
        let_its_socket_encrypt()
    suffix = secrets.token_hex(3)
    admin = signed_up(url, f"pyadmin{suffix}")
    member = signed_up(url, f"pymember{suffix}")
    team = admin.teams.create_team(
        {"name": f"py-{suffix}", "display_name": "Journey", "type": "O"}
    )
    member_id = member.users.get_user("me")["id"]
    admin.teams.add_user_to_team(team["id"], {"team_id": team["id"], "user_id": member_id})
    square = admin.channels.get_channel_by_name(team["id"], "town-square")

    ear = Ear(member)
    post = admin.posts.create_post(
        {"channel_id": square["id"], "message": "Hello from the Python client"}
    )
    heard = ear.wait(
        lambda message: message.get("event") == "posted"
        and json.loads(message["data"]["post"])["id"] == post["id"]
    )
    assert heard["broadcast"]["channel_id"] == square["id"]

    listed = member.posts.get_posts_for_channel(square["id"])
    assert listed["order"][0] == post["id"], listed["order"]
    assert listed["posts"][post["id"]]["message"] == post["message"]
    print("the Python library: signed up, posted, read back, heard it")


main()
