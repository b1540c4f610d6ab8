"""Pages in a real browser: Chromium through its WebDriver, spoken with the standard library."""

import base64
import json
import os
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request

from support import Case, Server, create_admin, cycle_body, once

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

    def type(self, css, text):
        self.ask("POST", f"{self.session}/element/{self.find(css)[0]}/value", {"text": text})

    def click(self, element):
        self.ask("POST", f"{self.session}/element/{element}/click", {})

    def text(self, css):
        return self.ask("GET", f"{self.session}/element/{self.find(css)[0]}/text")

    def run(self, script):
        return self.ask("POST", self.session + "/execute/sync", {"script": script, "args": []})

    def wait(self, css, words, seconds=30):
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

    def screenshot(self, path):
        with open(path, "wb") as f:
            f.write(base64.b64decode(self.ask("GET", self.session + "/screenshot")))

    def close(self):
        try:
            if self.session:
                self.ask("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.profile.cleanup()


@once("pages in a browser")
class Pages(Case):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def test_the_first_administrator_is_made_in_the_browser(self):
        b = self.browser
        with Server(self.dir) as s:
            b.open(s.read_setup_url())
            self.assertNotIn("#", b.run("return location.href"), "the secret stays in the address bar")
            b.type("input[name=username]", "hedy")
            b.type("input[name=email]", "hedy@example.org")
            b.type("input[name=password]", "frequency hopping since 1942")
            b.click(b.find("button")[0])
            b.wait("#status", "super administrator")
            self.assertEqual(b.complaints(), [])
            s.login("hedy", "frequency hopping since 1942")

    def test_a_wrong_secret_says_so(self):
        b = self.browser
        with Server(self.dir) as s:
            b.open(f"http://127.0.0.1:{s.port}/setup#{'A' * 43}")
            b.type("input[name=username]", "mallory")
            b.type("input[name=email]", "mallory@example.org")
            b.type("input[name=password]", "a password of some length")
            b.click(b.find("button")[0])
            b.wait("#status", "link")
            self.assertEqual(b.text("#status").count("\n"), 0)
            b.complaints()

    def test_a_persona_signs_in_and_the_home_page_tells_the_cycle(self):
        b = self.browser
        create_admin(self.dir)
        with Server(self.dir) as s:
            s.call("POST", "/admin/cycles", cycle_body(name="Autumn <b>term</b>"), token=s.login())
            b.open(f"http://127.0.0.1:{s.port}/demo")
            b.wait("body", "Okafor")
            people = b.find("#people button")
            self.assertEqual(len(people), s.personas())
            b.click(people[0])
            b.wait("main h1", "My application")
            b.open(f"http://127.0.0.1:{s.port}/")
            self.assertIn("Admissions are open", b.text("main"))
            self.assertIn("Autumn <b>term</b>", b.text("main"))
            self.assertEqual(b.find("main b b"), [])
            b.open(f"http://127.0.0.1:{s.port}/docs")
            self.assertIn("/admin/cycles/{cycle_id}/freeze", b.text("body"))
            self.assertEqual([m for m in b.complaints() if "status of 401" not in m], [])
            if os.environ.get("SCREENSHOT_DIR"):
                b.screenshot(os.path.join(os.environ["SCREENSHOT_DIR"], "docs.png"))


if __name__ == "__main__":
    unittest.main()
