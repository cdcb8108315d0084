"""Slack, Teams, Discord, and whatever takes JSON: a webhook whose address is in the environment, PMTRACK_NAME_URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests

from pmtrack.reports.channels import web
from pmtrack.reports.channels.base import Means, Message, NotSent
from pmtrack.reports.digest_forms import as_chat, as_markdown, neutral_chat
from pmtrack.text import one_line


def send(scheme: str, name: str, message: Message, means: Means) -> None:
    """As `channels.send`."""
    to, url = f"{scheme}:{name}", _address(scheme, name, means)
    seconds = (min(web.CONNECT_SECONDS, means.patience), means.patience)
    try:
        # The answer's body is of no use, and may be endless: it is not read.
        with requests.post(
            url, json=SHAPES[scheme](message), timeout=seconds, allow_redirects=False, stream=True
        ) as answer:
            web.judge(to, answer.status_code)
    except requests.RequestException as error:
        raise web.failed(to, error) from None


def ready(scheme: str, name: str, means: Means) -> None:
    """As `channels.ready`."""
    _address(scheme, name, means)


def _address(scheme: str, name: str, means: Means) -> str:
    url = web.address(name, means.environment)
    if not url.lower().startswith(("https://", "http://")):
        raise NotSent(
            f"the address of {scheme}:{name} does not begin with https://: copy it from the channel's settings"
        )
    return url


def _slack(message: Message) -> dict[str, Any]:
    """https://api.slack.com/messaging/webhooks: three signs are escaped, and then nothing in it is a command."""
    text = as_chat(message.letter).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": text, "unfurl_links": False, "unfurl_media": False}


def _teams(message: Message) -> dict[str, Any]:
    """A workflow's webhook takes an adaptive card; a block for each line, since it joins single lines."""
    blocks = [
        {"type": "TextBlock", "text": line or " ", "wrap": True, "spacing": "None"}
        for line in as_chat(message.letter).splitlines()
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


def _discord(message: Message) -> dict[str, Any]:
    """https://docs.discord.com/developers/resources/webhook: nobody is called, and no link unfolds (flag 4)."""
    return {"content": as_chat(message.letter), "allowed_mentions": {"parse": []}, "flags": 4}


def _webhook(message: Message) -> dict[str, Any]:
    letter = message.letter
    return {
        "schema": 1,
        "period": message.period,
        "title": neutral_chat(one_line(letter.title)),
        "text": as_chat(letter),
        "markdown": as_markdown(letter),
    }


SHAPES: Mapping[str, Callable[[Message], dict[str, Any]]] = {
    "slack": _slack,
    "teams": _teams,
    "discord": _discord,
    "webhook": _webhook,
}
