# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fills in Mustache templates as the daemon does: values, lists, sections, inverted sections, comments."""
import re
from pathlib import Path

SHARE = Path(__file__).resolve().parents[2] / "share"


def render(text: str, values: dict, item=None) -> str:
    text = re.sub(r"\{\{![\s\S]*?\}\}\n?", "", text)

    def section(match):
        kind, key, body = match.groups()
        value = values.get(key)
        if kind == "^":
            return "" if value else render(body, values, item)
        if isinstance(value, list):
            return "".join(render(body, {**values, **one} if isinstance(one, dict) else values, one) for one in value)
        return render(body, {**values, **value} if isinstance(value, dict) else values, item) if value else ""

    text = re.sub(r"^\{\{([#^])(\w+)\}\}\n(.*?)^\{\{/\2\}\}\n", section, text, flags=re.S | re.M)
    return re.sub(r"\{\{(\.|\w+)\}\}", lambda found: str(item if found.group(1) == "." else values[found.group(1)]), text)


def rendered(path: str, **values) -> str:
    """The text of a template below `share/`."""
    return render((SHARE / path).read_text().split("\n", 1)[1], values)
