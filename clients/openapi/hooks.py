"""What requests that are made up are told of the world they are sent into.

Schemathesis makes requests up from the server's description. Ids that it makes up name nothing, so
most of them are replaced by ids of things that there are (see world.py); the rest stay as they are,
odd ones among them.
"""

import json
import os
import zlib

import schemathesis

with open(os.environ["WORLD"], encoding="utf-8") as known:
    WORLD = json.load(known)
THINGS, SPARE = WORLD["things"], WORLD["spare"]

# What ends a thing is tried on one that nothing else needs.
ENDS = {
    "DELETE /api/v4/custom_profile_attributes/fields/{field_id}",
    "DELETE /api/v4/teams/{team_id}",
    "DELETE /api/v4/channels/{channel_id}",
    "DELETE /api/v4/posts/{post_id}",
}

# What would keep whoever asks from asking on is tried on somebody else only.
ON_OTHERS = {
    "DELETE /api/v4/users/{user_id}",
    "DELETE /api/v4/teams/{team_id}/members/{user_id}",
    "POST /api/v4/users/{user_id}/demote",
    "POST /api/v4/users/{user_id}/sessions/revoke",
    "POST /api/v4/users/{user_id}/sessions/revoke/all",
    "PUT /api/v4/teams/{team_id}/members/{user_id}/roles",
    "PUT /api/v4/teams/{team_id}/members/{user_id}/schemeRoles",
    "PUT /api/v4/users/{user_id}",
    "PUT /api/v4/users/{user_id}/active",
    "PUT /api/v4/users/{user_id}/mfa",
    "PUT /api/v4/users/{user_id}/password",
    "PUT /api/v4/users/{user_id}/patch",
    "PUT /api/v4/users/{user_id}/roles",
}

# Other names for what there is.
NAMES = {
    "user_ids": "user_id",
    "other_user_id": "user_id",
    "in_team": "team_id",
    "not_in_team": "team_id",
    "in_channel": "channel_id",
    "not_in_channel": "channel_id",
    "in_group": "group_id",
    "file_ids": "file_id",
    "before": "post_id",
    "after": "post_id",
}


def roll(name: str, value) -> int:
    """A number from 0 to 7 that depends on nothing but these."""
    return zlib.crc32(f"{name} {value!r}".encode(errors="replace")) % 8


def thing(label: str, name: str, value):
    """A value, or what there is of this name in its stead."""
    name = NAMES.get(name, name)
    if name == "user_id" and label in ON_OTHERS:
        return THINGS["user_id"]
    if name not in THINGS or not isinstance(value, str) or roll(name, value) == 0:
        return value
    if name == "user_id" and roll(name, value) > 4:
        return "me"
    if label in ENDS:
        return SPARE[name]
    return THINGS[name]


def replaced(label: str, values):
    """All of these values, or what there is in their stead."""
    if not isinstance(values, dict):
        return values
    found = {}
    for name, value in values.items():
        if isinstance(value, list):
            found[name] = [thing(label, name, one) for one in value]
        elif isinstance(value, dict):
            found[name] = replaced(label, value)
        else:
            found[name] = thing(label, name, value)
    return found


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Lets paths name what there is."""
    return replaced(context.operation.label, path_parameters)


@schemathesis.hook
def map_query(context, query):
    """Lets queries name what there is."""
    return replaced(context.operation.label, query)


@schemathesis.hook
def map_body(context, body):
    """Lets bodies name what there is; lists of ids name people, channels and posts."""
    label = context.operation.label
    if isinstance(body, list):
        kind = next((k for k in ("post", "channel", "team") if f"/{k}s" in label), "user")
        return [thing(label, f"{kind}_id", one) for one in body]
    return replaced(label, body)


@schemathesis.check
def not_broken(context, response, case):
    """Nothing that is asked breaks the server. What is not built says so with 501."""
    status = response.status_code
    assert status < 500 or status == 501, f"the server answered {status}: {response.text}"
