"""The Python library mattermostdriver, unmodified, against a live server.

    python journey.py http://127.0.0.1:8065

Signs up, signs in, posts, reads back, and hears of it over the library's own WebSocket. For an
address with https, REQUESTS_CA_BUNDLE and SSL_CERT_FILE name the certificate to trust.
"""

import json
import secrets
import ssl
import sys

from person import Ear, signed_up


def let_its_socket_encrypt() -> None:
    """Gives the library's socket a context for clients.

    It asks for one for servers, which Python since 3.10 refuses for a connection that goes out.
    """
    create = ssl.create_default_context
    ssl.create_default_context = lambda purpose=None, **more: create(**more)


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
