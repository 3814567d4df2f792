# SPDX-License-Identifier: AGPL-3.0-or-later
"""A TURN client that asks for whatever a test wants, over UDP, TCP and TLS. aioice makes and reads the messages."""
import contextlib
import hashlib
import socket
import ssl

from aioice import stun

for attribute in [
    (0x0017, "REQUESTED-ADDRESS-FAMILY", stun.pack_unsigned, stun.unpack_unsigned),  # RFC 8656, section 18.6
    (0x802F, "ORIGIN", stun.pack_bytes, stun.unpack_bytes),  # draft-johnston-tram-stun-origin
]:
    stun.ATTRIBUTES_BY_TYPE.setdefault(attribute[0], attribute)
    stun.ATTRIBUTES_BY_NAME.setdefault(attribute[1], attribute)
UDP, TCP = 17, 6


class Refused(Exception):
    def __init__(self, code, reason):
        super().__init__(f"{code} {reason}")
        self.code = code


class TurnClient:
    def __init__(self, host, server, username, password, transport="udp", ca=None, name="social.localhost"):
        self.username, self.password, self.transport = username, password, transport
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self.socket = host.socket(family, kind, connect=server, timeout=3)
        if transport == "tls":
            context = ssl.create_default_context(cafile=ca)
            self.socket = context.wrap_socket(self.socket, server_hostname=name)
        self.realm = self.nonce = self.relayed = None
        self.waiting = b""

    # Messages.

    def send(self, message):
        self.socket.sendall(bytes(message))

    def receive(self):
        """The next STUN message or ChannelData, as bytes."""
        if self.transport == "udp":
            return self.socket.recv(65536)
        while True:
            if len(self.waiting) >= 4:
                length = int.from_bytes(self.waiting[2:4], "big")
                whole = 20 + length if self.waiting[0] < 0x40 else 4 + (length + 3) // 4 * 4
                if len(self.waiting) >= whole:
                    one, self.waiting = self.waiting[:whole], self.waiting[whole:]
                    return one
            part = self.socket.recv(65536)
            if not part:
                raise ConnectionError("coturn closed the connection")
            self.waiting += part

    def request(self, method, again=True, **attributes):
        message = stun.Message(message_method=method, message_class=stun.Class.REQUEST)
        for name, value in attributes.items():
            message.attributes[name.replace("_", "-")] = value
        if self.nonce:
            message.attributes["USERNAME"] = self.username
            message.attributes["REALM"] = self.realm
            message.attributes["NONCE"] = self.nonce
            key = f"{self.username}:{self.realm}:{self.password}".encode()
            message.add_message_integrity(hashlib.md5(key).digest())
        self.send(message)
        while True:
            data = self.receive()
            if data[0] >= 0x40:
                continue
            answer = stun.parse_message(data)
            if answer.transaction_id == message.transaction_id:
                break
        if answer.message_class == stun.Class.RESPONSE:
            return answer
        code, reason = answer.attributes["ERROR-CODE"]
        if again and code in (401, 438) and "NONCE" in answer.attributes:
            self.realm, self.nonce = answer.attributes.get("REALM", self.realm), answer.attributes["NONCE"]
            return self.request(method, again=False, **attributes)
        raise Refused(code, reason)

    # What clients do.

    def allocate(self, family=4, transport=UDP, origin=None):
        """Returns the relayed address."""
        attributes = {"REQUESTED_TRANSPORT": transport << 24, "LIFETIME": 600}
        if origin:
            attributes["ORIGIN"] = origin.encode("latin-1")
        if family == 6:
            attributes["REQUESTED_ADDRESS_FAMILY"] = 0x02000000
        answer = self.request(stun.Method.ALLOCATE, **attributes)
        self.relayed = answer.attributes["XOR-RELAYED-ADDRESS"]
        return self.relayed

    def refresh(self, lifetime=600):
        return self.request(stun.Method.REFRESH, LIFETIME=lifetime).attributes["LIFETIME"]

    def permit(self, address, port=9):
        self.request(stun.Method.CREATE_PERMISSION, XOR_PEER_ADDRESS=(address, port))

    def bind(self, address, port=9, channel=0x4000):
        self.request(stun.Method.CHANNEL_BIND, CHANNEL_NUMBER=channel, XOR_PEER_ADDRESS=(address, port))

    def say(self, address, port, data):
        """A Send indication: nothing tells whether it is obeyed."""
        message = stun.Message(message_method=stun.Method.SEND, message_class=stun.Class.INDICATION)
        message.attributes["XOR-PEER-ADDRESS"] = (address, port)
        message.attributes["DATA"] = data
        self.send(message)

    def hear(self):
        """The next data from a peer."""
        while True:
            data = self.receive()
            if data[0] >= 0x40:
                return data[4:4 + int.from_bytes(data[2:4], "big")]
            message = stun.parse_message(data)
            if message.message_method == stun.Method.DATA:
                return message.attributes["DATA"]

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
