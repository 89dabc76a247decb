"""A small world on an empty server, for requests that are made up to find something in it.

    python world.py http://127.0.0.1:8065 WORLD.json

Writes which things there are, by the names that parameters and fields have for them.
"""

import json
import sys
import urllib.error
import urllib.request

PASSWORD = "correct horse battery"


class Person:
    """Somebody who uses the API."""

    def __init__(self, api: str, name: str) -> None:
        self.api, self.token = api, ""
        account = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        self.id = self.post("/users", account)["id"]
        self.sign_in(name)

    def sign_in(self, name: str) -> None:
        credentials = json.dumps({"login_id": name, "password": PASSWORD}).encode()
        request = urllib.request.Request(f"{self.api}/users/login", credentials, method="POST")
        with urllib.request.urlopen(request) as response:
            self.token = response.headers["Token"]

    def send(self, method: str, path: str, body: bytes | None, kind: str):
        request = urllib.request.Request(f"{self.api}{path}", body, method=method)
        request.add_header("Content-Type", kind)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{method} {path}: {error.code} {error.read()!r}") from error

    def post(self, path: str, body):
        return self.send("POST", path, json.dumps(body).encode(), "application/json")

    def get(self, path: str):
        return self.send("GET", path, None, "application/json")


def main() -> None:
    """Makes the world."""
    url, into = sys.argv[1:]
    api = f"{url}/api/v4"
    admin = Person(api, "admin")
    member, victim = Person(api, "member"), Person(api, "victim")

    def team(name: str) -> str:
        made = admin.post("/teams", {"name": name, "display_name": name, "type": "O"})["id"]
        for person in (member, victim):
            admin.post(f"/teams/{made}/members", {"team_id": made, "user_id": person.id})
        return made

    def field(name: str) -> str:
        new = {"name": name, "type": "text"}
        return admin.post("/custom_profile_attributes/fields", new)["id"]

    def channel(name: str) -> str:
        new = {"team_id": alpha, "name": name, "display_name": name, "type": "O"}
        made = member.post("/channels", new)["id"]
        for person in (admin, victim):
            member.post(f"/channels/{made}/members", {"user_id": person.id})
        return made

    alpha, spare_team = team("alpha"), team("spare")
    square, spare_channel = channel("square"), channel("spare-channel")
    path = f"/files?channel_id={square}&filename=notes.txt"
    file = member.send("POST", path, b"notes", "text/plain")["file_infos"][0]["id"]
    said = {"channel_id": square, "message": "hello @admin", "file_ids": [file]}
    post = member.post("/posts", said)["id"]
    member.post("/posts", {"channel_id": square, "message": "a reply", "root_id": post})
    spare_post = member.post("/posts", {"channel_id": square, "message": "to be deleted"})["id"]
    bookmark = {"display_name": "x", "link_url": "https://example.com", "type": "link"}
    scheduled = {"channel_id": square, "message": "later", "scheduled_at": 4_000_000_000_000}
    command = {"team_id": alpha, "trigger": "ask", "method": "P", "url": "http://127.0.0.1:9/"}
    outgoing = {
        "team_id": alpha,
        "display_name": "out",
        "trigger_words": ["out"],
        "callback_urls": ["http://127.0.0.1:9/"],
    }
    group = {"name": "medics", "display_name": "Medics", "source": "custom", "allow_reference": True}
    upload = {"channel_id": square, "filename": "x.bin", "file_size": 5_000_000}
    role = admin.get("/roles/name/system_user")["id"]
    world = {
        "tokens": {"admin": admin.token, "member": member.token},
        "things": {
            "team_id": alpha,
            "channel_id": square,
            "user_id": victim.id,
            "post_id": post,
            "thread_id": post,
            "root_id": post,
            "field_id": field("rank"),
            "file_id": file,
            "role_id": role,
            "bookmark_id": member.post(f"/channels/{square}/bookmarks", bookmark)["id"],
            "bot_user_id": admin.post("/bots", {"username": "robot"})["user_id"],
            "command_id": admin.post("/commands", command)["id"],
            "hook_id": admin.post("/hooks/outgoing", outgoing)["id"],
            "id": admin.post("/hooks/incoming", {"channel_id": square})["id"],
            "group_id": admin.post("/groups", {**group, "user_ids": [victim.id]})["id"],
            "upload_id": member.post("/uploads", upload)["id"],
            "scheduled_post_id": member.post("/posts/schedule", scheduled)["id"],
            "token_id": admin.post(f"/users/{admin.id}/tokens", {"description": "x"})["id"],
            "username": "victim",
            "email": "victim@example.com",
            "team_name": "alpha",
            "channel_name": "square",
            "role_name": "system_user",
        },
        "spare": {
            "team_id": spare_team,
            "channel_id": spare_channel,
            "post_id": spare_post,
            "field_id": field("spare"),
        },
    }
    with open(into, "w", encoding="utf-8") as out:
        json.dump(world, out)


if __name__ == "__main__":
    main()
