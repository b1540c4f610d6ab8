"""Pages and documents: the copies in docs/generated are fresh, the pages stand on their own."""

import json
import pathlib
import unittest

from support import Case, Server, enigma, once

ROOT = pathlib.Path(__file__).parents[2]
COPIES = {"openapi": "docs/generated/openapi.json", "routes": "docs/generated/routes.md",
          "phases": "docs/generated/phases.md", "rights": "docs/generated/rights.md",
          "options": "docs/generated/options.md", "graph": "docs/generated/graph-evaluate.mmd",
          "man": "docs/generated/enigma.1", "matrix": "tests/api/matrix.json"}


class Documents(Case):
    @once("documents")
    def test_copies_are_fresh(self):
        for what, path in COPIES.items():
            printed = enigma("docs", what, check=0)[1]
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
                self.assertNotIn(b"https://", r.body)
                self.assertIn("default-src 'none'", r.headers["content-security-policy"])
            doc = s.call("GET", "/openapi.json").json
            self.assertTrue(doc["openapi"].startswith("3.1"))
            self.assertIn("/admin/cycles/{cycle_id}/freeze", doc["paths"])
            for name in ("/site.css", "/docs.css", "/setup.js", "/demo.js"):
                for encoding in ("br", "gzip"):
                    r = s.call("GET", name, headers={"Accept-Encoding": encoding})
                    self.assertEqual((r.status, r.headers.get("content-encoding")), (200, encoding))
                same = s.call("GET", name, headers={"If-None-Match": r.headers["etag"],
                                                   "Accept-Encoding": encoding})
                self.assertEqual(same.status, 304)

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
