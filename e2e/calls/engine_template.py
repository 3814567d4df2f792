# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fills in the project's templates, as the daemon does."""
from pathlib import Path

import chevron

SHARE = Path(__file__).resolve().parents[2] / "share"


def rendered(path: str, **values) -> str:
    """The text of a template below `share/`."""
    return chevron.render((SHARE / path).read_text(), values)
