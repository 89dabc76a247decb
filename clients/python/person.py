"""A person with the library mattermostdriver in hand, and ears."""

import asyncio
import json
import threading
from urllib.parse import urlsplit

from mattermostdriver import Driver

PASSWORD = "correct horse battery"


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
