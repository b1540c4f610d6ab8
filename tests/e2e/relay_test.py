"""The relay of docs/OPERATIONS.md with the credentials that a room gives out: they end by themselves,
and lead to public addresses only."""

import base64
import hashlib
import hmac
import ipaddress
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import unittest

from room_test import Rooms
from chromium import free_port
from support import once

MANUAL = pathlib.Path(__file__).parents[2] / "docs" / "OPERATIONS.md"
SECRET, REALM = "a secret of the relay", "turn.example.org"
ALLOCATE, PERMIT, COOKIE = 0x003, 0x008, 0x2112A442
USERNAME, INTEGRITY, ERROR, PEER, REALM_IS, NONCE, TRANSPORT = 6, 8, 9, 0x12, 0x14, 0x15, 0x19


class Turn:
    """As much of RFC 5766 over UDP as asks for an allocation and a permission."""

    def __init__(self, port, username, password):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(1)
        self.username, self.nonce = username.encode(), b""
        self.key = hashlib.md5(f"{username}:{REALM}:{password}".encode()).digest()

    def ask(self, method, attributes):
        """0, or the code of the refusal; answers a challenge with the credentials."""
        code = self.once(method, attributes)
        return self.once(method, attributes) if code in (401, 438) and self.challenged else code

    def once(self, method, attributes):
        had = bool(self.nonce)
        if had:
            attributes = attributes + [(USERNAME, self.username), (REALM_IS, REALM.encode()),
                                       (NONCE, self.nonce)]
        body = b"".join(struct.pack(">HH", t, len(v)) + v + bytes(-len(v) % 4)
                        for t, v in attributes)
        transaction = os.urandom(12)
        if had:
            signed = struct.pack(">HHI", method, len(body) + 24, COOKIE) + transaction + body
            body += struct.pack(">HH", INTEGRITY, 20) + hmac.new(self.key, signed, "sha1").digest()
        message = struct.pack(">HHI", method, len(body), COOKIE) + transaction + body
        kind, answer = self.exchange(message, transaction)
        fresh = answer.get(NONCE, self.nonce)
        self.challenged = fresh != self.nonce
        self.nonce = fresh
        if not kind & 0x110 == 0x110:
            return 0
        return answer[ERROR][2] * 100 + answer[ERROR][3]

    def exchange(self, message, transaction):
        """UDP loses what it likes: asked again until it is answered."""
        end = time.time() + 60
        while time.time() < end:
            try:
                self.socket.send(message)
                got = self.socket.recv(4096)
            except OSError:
                time.sleep(0.1)  # not there yet
                continue
            if got[8:20] != transaction:
                continue
            kind, n = struct.unpack(">HH", got[:4])
            found, at = {}, 20
            while at < 20 + n:
                t, size = struct.unpack(">HH", got[at:at + 4])
                found[t] = got[at + 4:at + 4 + size]
                at += 4 + size + -size % 4
            return kind, found
        raise AssertionError("the relay does not answer")

    def allocate(self):
        return self.ask(ALLOCATE, [(TRANSPORT, b"\x11\0\0\0")])

    def permit(self, address):
        ip = ipaddress.ip_address(address)
        mask = struct.pack(">I", COOKIE)
        peer = bytes(a ^ b for a, b in zip(ip.packed, mask))
        port = 9 ^ (COOKIE >> 16)
        return self.ask(PERMIT, [(PEER, struct.pack(">BBH", 0, 1, port) + peer)])


class Relay(Rooms):
    def setUp(self):
        self.turn_port = free_port()
        self.env = {"TURN_SECRET": SECRET,
                    "TURN_URLS": f"turn:127.0.0.1:{self.turn_port}?transport=udp"}
        super().setUp()
        text = MANUAL.read_text()
        config = re.search(r"```\n# /etc/turnserver.conf\n(.*?)```", text, re.S).group(1)
        folder = tempfile.mkdtemp(prefix="enigma-turn-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        with open(f"{folder}/turnserver.conf", "w") as f:
            f.write(re.sub("static-auth-secret=.*", f"static-auth-secret={SECRET}", config))
            f.write(f"listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port={self.turn_port}\n"
                    f"no-tls\nno-dtls\nno-cli\nlog-file=stdout\npidfile={folder}/pid\n"
                    f"userdb={folder}/db\n")
        turn = subprocess.Popen(["turnserver", "-c", f"{folder}/turnserver.conf"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(turn.wait)
        self.addCleanup(turn.kill)

    def turn(self, username, password):
        turn = Turn(self.turn_port, username, password)
        self.addCleanup(turn.socket.close)
        return turn

    @once("a relay has no database")
    def test_only_the_public_is_reached(self):
        interview, _ = self.interview()
        _, hello = self.join(interview, token=self.bob)
        server, = hello["ice_servers"]
        turn = self.turn(server["username"], server["credential"])
        self.assertEqual(turn.allocate(), 0)
        for address in ("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.7", "100.64.0.1", "172.20.1.1",
                        "169.254.169.254", "192.168.0.1", "224.0.0.251"):
            self.assertEqual(turn.permit(address), 403, address)
        self.assertEqual(turn.permit("203.0.113.7"), 0)

    @once("a relay has no database")
    def test_credentials_end(self):
        def made(seconds, secret=SECRET):
            name = f"{int(time.time()) + seconds}:0011223344556677"
            mac = hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()
            return self.turn(name, base64.b64encode(mac).decode())

        self.assertEqual(made(60).allocate(), 0)
        self.assertEqual(made(-60).allocate(), 401)
        self.assertEqual(made(60, "another secret").allocate(), 401)


if __name__ == "__main__":
    unittest.main()
