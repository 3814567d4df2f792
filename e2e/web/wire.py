# SPDX-License-Identifier: AGPL-3.0-or-later
"""The wire between one browser and the site: it can be cut without anybody being told, as when a laptop sleeps or a train is
in a tunnel. Nothing of that can be had by telling a browser that it is offline, which then knows."""

from __future__ import annotations

import contextlib
import select
import socket
import threading


class Wire:
    """Forwards connections to 127.0.0.1:`port` from a port of its own."""

    def __init__(self, port: int):
        self.to, self.is_cut = port, False
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.pairs: dict[socket.socket, socket.socket] = {}
        self.bell, self.rope = socket.socketpair()
        self.ended = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def cut(self):
        """From now on nothing passes, and no connection ends or is made."""
        self.is_cut = True
        self.rope.send(b".")

    def mend(self):
        """New connections pass again; those that were open at the cut are gone, as a router that has forgotten them says."""
        self.is_cut = False
        self.rope.send(b"!")

    def end(self):
        self.ended = True
        self.rope.send(b".")
        self.thread.join(10)
        for one in (self.door, self.bell, self.rope, *self.pairs):
            one.close()

    def _run(self):
        while not self.ended:
            watched = [self.bell] if self.is_cut else [self.bell, self.door, *self.pairs]
            for ready in select.select(watched, [], [])[0]:
                if ready is self.bell:
                    if b"!" in self.bell.recv(100):
                        for one in list(self.pairs):
                            self._drop(one)
                    break
                if ready is self.door:
                    self._take(self.door.accept()[0])
                elif ready in self.pairs:
                    self._pass(ready)

    def _take(self, near: socket.socket):
        try:
            far = socket.create_connection(("127.0.0.1", self.to), timeout=10)
        except OSError:  # the site is down: so it is for the browser
            near.close()
            return
        far.settimeout(10)
        near.settimeout(10)
        self.pairs[near], self.pairs[far] = far, near

    def _pass(self, one: socket.socket):
        with contextlib.suppress(OSError):
            if data := one.recv(65536):
                self.pairs[one].sendall(data)
                return
        self._drop(one)

    def _drop(self, one: socket.socket):
        if other := self.pairs.pop(one, None):
            self.pairs.pop(other, None)
            for end in (one, other):
                end.close()
