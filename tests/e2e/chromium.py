"""Chromium through its WebDriver, spoken with the standard library."""

import json
import socket
import subprocess
import tempfile
import time
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--window-size=1000,900"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Browser:
    def __init__(self, flags=()):
        self.port = free_port()
        self.profile = tempfile.TemporaryDirectory(prefix="enigma-chromium-")
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.port}", "--silent"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.session = None
        end = time.time() + 60
        while self.session is None:
            try:
                made = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {
                    "goog:loggingPrefs": {"browser": "ALL"},
                    "goog:chromeOptions": {"args": FLAGS + list(flags) + [f"--user-data-dir={self.profile.name}"]}}}})
                self.session = "/session/" + made["sessionId"]
            except OSError:
                if time.time() > end:
                    raise
                time.sleep(0.1)

    def ask(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)["value"]

    def open(self, url):
        self.ask("POST", self.session + "/url", {"url": url})

    def find(self, css):
        found = self.ask("POST", self.session + "/elements", {"using": "css selector", "value": css})
        return [f[ELEMENT] for f in found]

    def click(self, element):
        self.ask("POST", f"{self.session}/element/{element}/click", {})

    def text(self, css):
        """Of all that fit, in one look: a page may draw anew at any time."""
        return self.run(f"return [...document.querySelectorAll({json.dumps(css)})]"
                        ".map((e) => e.innerText).join('\\n')")

    def run(self, script):
        return self.ask("POST", self.session + "/execute/sync", {"script": script, "args": []})

    def wait(self, css, words, seconds=60):
        end = time.time() + seconds
        while time.time() < end:
            if words in self.text(css):
                return
            time.sleep(0.05)
        raise AssertionError(f"{css} never said {words!r}: {self.text(css)!r}")

    def complaints(self):
        """What the console holds: script errors and breaches of the content policy."""
        log = self.ask("POST", self.session + "/se/log", {"type": "browser"})
        return [e["message"] for e in log if e["level"] == "SEVERE"]

    def close(self):
        try:
            if self.session:
                self.ask("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.profile.cleanup()
