"""The Python library mattermostautodriver, unmodified, against a live server.

    python autodriver.py http://127.0.0.1:8065

Its methods are made from the published description of the API. Signs in with an access token
(with a password the library itself fails, on any server), makes a team and a channel, posts,
reacts and reads back. Its account is the first of the server.
"""

import secrets
import sys
from urllib.parse import urlsplit

from mattermostautodriver import Driver
from person import signed_up


def main() -> None:
    url = sys.argv[1]
    where = urlsplit(url)
    suffix = secrets.token_hex(3)
    name = f"auto{suffix}"
    person = signed_up(url, name)
    made = person.users.create_user_access_token("me", {"description": "for a script"})
    driver = Driver(
        {
            "url": where.hostname,
            "port": where.port,
            "scheme": where.scheme,
            "token": made["token"],
        }
    )
    me = driver.login()
    assert me["username"] == name, me
    team = driver.teams.create_team(
        {"name": f"auto-{suffix}", "display_name": "Journey", "type": "O"}
    )
    channel = driver.channels.create_channel(
        {"team_id": team["id"], "name": "deck", "display_name": "Deck", "type": "O"}
    )
    post = driver.posts.create_post({"channel_id": channel["id"], "message": "ahoy"})
    driver.reactions.save_reaction(
        {"user_id": me["id"], "post_id": post["id"], "emoji_name": "anchor"}
    )
    listed = driver.posts.get_posts_for_channel(channel["id"])
    assert listed["order"][0] == post["id"], listed["order"]
    read = listed["posts"][post["id"]]
    assert read["message"] == "ahoy", read
    assert read["metadata"]["reactions"][0]["emoji_name"] == "anchor", read
    print("mattermostautodriver: signed in, posted, reacted, read back")


main()
