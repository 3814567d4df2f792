# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fills in the project's Prosody template with the same values as the daemon does: strings as Lua literals."""
import re
from pathlib import Path

SHARE = Path(__file__).resolve().parents[2] / "share/prosody"


def literal(value):
    if isinstance(value, str):
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: "\\%03d" % ord(m.group()), quoted) + '"'
    return str(value)


def render(text, values, item=None):
    def section(match):
        key, body = match.group(1), match.group(2)
        value = values.get(key)
        if isinstance(value, list):
            return "".join(render(body, {**values, **one} if isinstance(one, dict) else values, one) for one in value)
        return render(body, values) if value else ""

    text = re.sub(r"\{\{#(\w+)\}\}(.*?)\{\{/\1\}\}", section, text, flags=re.S)
    return re.sub(r"\{\{(\.|\w+)\}\}", lambda m: literal(item if m.group(1) == "." else values[m.group(1)]), text)


def configuration(**values):
    text = (SHARE / "prosody.cfg.lua.mustache").read_text().split("\n", 1)[1]
    return render(text, values)
