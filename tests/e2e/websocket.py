"""A WebSocket client (RFC 6455) in the standard library, with its hands on every bit of a frame."""

import base64
import json
import os
import socket
import struct
import time

WAIT = 60


class Refused(Exception):
    """The handshake was answered by an ordinary HTTP status."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body!r}")
        self.status, self.body = status, body


class Closed(Exception):
    """The server closed with this code; 1006: without a word."""

    def __init__(self, code, reason=""):
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class WebSocket:
    def __init__(self, port, path, cookie=None, token=None, protocols=(), origin="", headers=(),
                 wrap=None):
        self.socket = socket.create_connection(("127.0.0.1", port), WAIT)
        if wrap:
            self.socket = wrap(self.socket)
        self.socket.settimeout(WAIT)
        self.buffer = b""
        self.code = None
        origin = f"http://127.0.0.1:{port}" if origin == "" else origin
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: Upgrade",
                 "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode()]
        lines += [f"Cookie: {cookie}"] if cookie else []
        lines += [f"Authorization: Bearer {token}"] if token else []
        lines += ["Sec-WebSocket-Protocol: " + ", ".join(protocols)] if protocols else []
        lines += [f"Origin: {origin}"] if origin else []
        lines += list(headers)
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.head = head.decode()
        status = int(self.head.split(" ", 2)[1])
        if status != 101:
            self.socket.close()
            raise Refused(status, self.buffer)

    def _more(self):
        try:
            got = self.socket.recv(65536)
        except ConnectionError:
            got = b""
        if not got:
            raise Closed(self.code or 1006)
        self.buffer += got

    def _take(self, n):
        while len(self.buffer) < n:
            self._more()
        got, self.buffer = self.buffer[:n], self.buffer[n:]
        return got

    def frame(self, opcode, payload=b"", fin=True, mask=True, rsv=0):
        """One frame, right or wrong."""
        n = len(payload)
        size = bytes([n]) if n < 126 else b"\x7e" + struct.pack(">H", n) if n < 65536 \
            else b"\x7f" + struct.pack(">Q", n)
        head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode]) + \
            bytes([size[0] | (0x80 if mask else 0)]) + size[1:]
        key = os.urandom(4) if mask else b""
        if mask and n:
            whole = (key * (n // 4 + 1))[:n]
            payload = (int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")).to_bytes(n, "big")
        self.socket.sendall(head + key + payload)

    def text(self, text):
        self.frame(1, text.encode())

    def say(self, type, **members):
        self.text(json.dumps({"v": 1, "type": type, **members}))

    def send(self, value):
        self.text(json.dumps(value))

    def binary(self, payload):
        self.frame(2, payload)

    def receive(self):
        """The next message: text as str, binary as bytes. Pings are answered. Closed at the end."""
        while True:
            first, second = self._take(2)
            n = second & 127
            if n == 126:
                n = struct.unpack(">H", self._take(2))[0]
            elif n == 127:
                n = struct.unpack(">Q", self._take(8))[0]
            payload = self._take(n)
            opcode = first & 15
            if opcode == 9:
                self.frame(10, payload)
            elif opcode == 8:
                self.code = struct.unpack(">H", payload[:2])[0] if payload else 1005
                try:
                    self.frame(8, payload[:2])
                except OSError:
                    pass
                self.socket.close()
                raise Closed(self.code, payload[2:].decode())
            elif opcode in (1, 2):
                return payload.decode() if opcode == 1 else payload

    def json(self):
        return json.loads(self.receive())

    def until(self, type):
        """The next message of that type; what comes before it is let go."""
        end = time.time() + WAIT
        while time.time() < end:
            got = self.json()
            if got.get("type") == type:
                return got
        raise AssertionError(f"no {type}")

    def closed(self):
        """Reads to the end; the code."""
        try:
            while True:
                self.receive()
        except Closed as c:
            return c.code

    def close(self, code=1000):
        self.frame(8, struct.pack(">H", code))
        return self.closed()

    def drop(self):
        """The line is cut."""
        self.socket.close()
