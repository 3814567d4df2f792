# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fills in the project's Kamailio templates, as the daemon does."""
from pathlib import Path

import chevron

SHARE = Path(__file__).resolve().parents[2] / "share/kamailio"


def rendered(name, **values):
    return chevron.render((SHARE / name).read_text(), values)
