# SPDX-License-Identifier: AGPL-3.0-or-later
"""A network for each of the processes that run tests side by side: no port of one can be in the other's way."""

import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000


def enter_own_network():
    """From now on this thread, and what it starts, has a loopback of its own and nothing else. Needs root."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
