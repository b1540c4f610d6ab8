"""Pages and documents: the copies in docs/generated are fresh, the pages stand on their own."""

import json
import pathlib
import re
import socket
import unittest

from support import Case, Server, enigma, once

ROOT = pathlib.Path(__file__).parents[2]
COPIES = {"openapi": "docs/generated/openapi.json", "routes": "docs/generated/routes.md",
          "phases": "docs/generated/phases.md", "rights": "docs/generated/rights.md",
          "options": "docs/generated/options.md", "graph": "docs/generated/graph-evaluate.mmd",
          "graph bias": "docs/generated/graph-bias.mmd",
          "man": "docs/generated/enigma.1", "matrix": "tests/api/matrix.json"}


class Documents(Case):
    @once("documents")
    def test_copies_are_fresh(self):
        for what, path in COPIES.items():
            printed = enigma("docs", *what.split(), check=0)[1]
            self.assertEqual(printed, (ROOT / path).read_text(encoding="utf-8"),
                             f"{path} is stale: make docs")

    @once("pages")
    def test_pages(self):
        with Server(self.dir) as s:
            home = s.call("GET", "/", headers={"Accept": "text/html"})
            self.assertIn("text/html", home.headers["content-type"])
            self.assertIn(b"demonstration", home.body)
            self.assertEqual(home.headers["x-enigma-demo"], "true")
            self.assertEqual(s.call("GET", "/").json["status"], "operational")
            for page in ("/docs", "/redoc", "/setup", "/demo"):
                r = s.call("GET", page)
                self.assertEqual(r.status, 200, page)
                self.assertNotIn(b" style=", r.body)
                self.assertNotIn(b"<style", r.body)
                self.assertNotIn(b"onclick", r.body)
                self.assertNotIn(b"https://", r.body, page)
                self.assertIn("default-src 'none'", r.headers["content-security-policy"])
            doc = s.call("GET", "/openapi.json").json
            self.assertTrue(doc["openapi"].startswith("3.1"))
            self.assertIn("/admin/cycles/{cycle_id}/freeze", doc["paths"])
            self.assertEqual(s.call("GET", "/assets/none.js").status, 404)
            missing = s.call("GET", "/no/such/page", headers={"Accept": "text/html"})
            self.assertEqual((missing.status, missing.headers["content-type"]), (404, "text/html; charset=utf-8"))
            self.assertEqual(s.call("GET", "/no/such/page").json["detail"], "Not Found")
            urdu = s.call("GET", "/ur").body.decode()
            self.assertIn('<html lang="ur" dir="rtl">', urdu)
            shell = s.call("GET", "/staff").body.decode()
            hashed = re.findall(r'(?:href|src)="(/assets/[^"]+)"', shell)
            self.assertEqual(len(hashed), 2, "the first paint needs a sheet and a script")
            for name in hashed:
                self.assertIn("immutable", s.call("GET", name).headers["cache-control"])
            self.assertEqual(s.call("GET", "/staff").headers["cache-control"], "no-cache")
            for name in ("/docs.css", "/staff", *hashed):
                for encoding in ("br", "gzip"):
                    r = s.call("GET", name, headers={"Accept-Encoding": encoding})
                    self.assertEqual((r.status, r.headers.get("content-encoding")), (200, encoding))
                same = s.call("GET", name, headers={"If-None-Match": r.headers["etag"],
                                                   "Accept-Encoding": encoding})
                self.assertEqual(same.status, 304)

    @once("development files")
    def test_web_dir(self):
        web = pathlib.Path(self.dir) / "web"
        (web / "assets").mkdir(parents=True)
        (web / "staff.html").write_text("<!doctype html><p>from the disk</p>", encoding="utf-8")
        (web / "assets" / "new.0123.js").write_text("// new", encoding="utf-8")
        (web / "stamp").write_text("1", encoding="utf-8")
        code, _, errors = enigma("serve", "--data-dir", self.dir, "--listen", "0.0.0.0:0", env={"WEB_DIR": str(web)})
        self.assertNotEqual(code, 0)
        self.assertIn("WEB_DIR is for development on a loopback address only", errors)
        with Server(self.dir, env={"WEB_DIR": str(web)}) as s:
            self.assertIn(b"from the disk", s.call("GET", "/staff").body)
            r = s.call("GET", "/assets/new.0123.js")
            self.assertEqual((r.body, r.headers["content-type"]), (b"// new", "text/javascript; charset=utf-8"))
            self.assertIn(b"<html", s.call("GET", "/signin").body, "what is not there comes from the binary")
            for path in ("/assets/../stamp", "/assets/..%2fstamp", "/assets/.hidden", "/assets/none.js"):
                self.assertIn(s.call("GET", path).status, (400, 404), path)
            with socket.create_connection(("127.0.0.1", s.port), 60) as c:
                c.sendall(b"GET /web/events HTTP/1.1\r\nHost: x\r\n\r\n")
                said = b""
                while b"event: hello" not in said:
                    said += c.recv(4096)
                (web / "stamp").write_text("2", encoding="utf-8")
                while b"event: changed" not in said:
                    said += c.recv(4096)
        with Server(self.dir) as s:
            self.assertEqual(s.call("GET", "/web/events").status, 404)

    def test_metrics_and_health(self):
        with Server(self.dir) as s:
            for path in ("/health", "/health/live", "/health/ready", "/health/started", "/api/health"):
                self.assertEqual(s.call("GET", path).status, 200, path)
            text = s.call("GET", "/metrics").body.decode()
            self.assertIn("enigma_http_requests_total", text)
            for line in text.splitlines():
                if not line.startswith("#"):
                    float(line.rsplit(" ", 1)[1])
            health = json.loads(s.call("GET", "/health").body)
            self.assertEqual(health["database"], "connected")
            self.assertFalse(health["api_configured"])


if __name__ == "__main__":
    unittest.main()
