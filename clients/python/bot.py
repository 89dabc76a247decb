"""A bot made with mmpy_bot, unmodified, on a live server.

    python bot.py http://127.0.0.1:8065

The bot has an access token and listens on its socket; somebody asks it something in a channel, and
hears its answer, whose account is the first of the server.
"""

import asyncio
import json
import os
import secrets
import sys
import threading
from urllib.parse import urlsplit

from mattermostdriver import Driver
from mmpy_bot import Bot, Message, Plugin, Settings, listen_to
from person import Ear, signed_up


class Compass(Plugin):
    """Knows where north is."""

    @listen_to("^which way is (.*)$")
    async def answer(self, message: Message, what: str) -> None:
        self.driver.reply_to(message, f"{what} is ahead")


def runs(url: str, token: str, team: str) -> None:
    """Starts the bot in a thread of its own, and returns once it listens."""
    where = urlsplit(url)
    listens = threading.Event()

    def run() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        settings = Settings(
            MATTERMOST_URL=f"{where.scheme}://{where.hostname}",
            MATTERMOST_PORT=where.port,
            BOT_TOKEN=token,
            BOT_TEAM=team,
        )
        bot = Bot(settings=settings, plugins=[Compass()], enable_logging=False)
        hear = bot.event_handler._handle_event

        async def hear_and_tell(text: str) -> None:
            if json.loads(text).get("event") == "hello":
                listens.set()
            await hear(text)

        bot.event_handler._handle_event = hear_and_tell
        bot.run()

    threading.Thread(target=run, daemon=True).start()
    assert listens.wait(timeout=20), "the bot did not reach the server"


def made(owner: Driver, name: str, team: dict) -> str:
    """Makes a bot's account in a team; gives its token."""
    person = owner.api["bots"].create_bot({"username": name, "display_name": "Compass"})["user_id"]
    owner.teams.add_user_to_team(team["id"], {"team_id": team["id"], "user_id": person})
    token = owner.users.create_user_access_token(person, {"description": "of the bot"})
    return token["token"]


def main() -> None:
    url = sys.argv[1]
    suffix = secrets.token_hex(3)
    owner = signed_up(url, f"owner{suffix}")
    team = owner.teams.create_team(
        {"name": f"bots-{suffix}", "display_name": "Bots", "type": "O"}
    )
    name = f"compass{suffix}"
    runs(url, made(owner, name, team), team["name"])
    square = owner.channels.get_channel_by_name(team["id"], "town-square")
    ear = Ear(owner)
    asked = owner.posts.create_post(
        {"channel_id": square["id"], "message": f"@{name} which way is north"}
    )

    def is_answer(message: dict) -> bool:
        if message.get("event") != "posted":
            return False
        post = json.loads(message["data"]["post"])
        return post["root_id"] == asked["id"] and post["message"] == "north is ahead"

    ear.wait(is_answer)
    print("mmpy_bot: heard a question, answered it")


main()
sys.stdout.flush()
# The library's worker threads never end by themselves.
os._exit(0)
