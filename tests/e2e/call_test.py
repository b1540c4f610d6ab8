"""A real call: two peers in Chromium with fake media, meeting through the room of an interview; once
as they find each other, once only through a TURN server."""

import http.server
import json
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
from urllib.parse import quote

from chromium import Browser, free_port
from room_test import Rooms
from support import once

FLAGS = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
         "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns",
         "--autoplay-policy=no-user-gesture-required"]
SECRET = "the secret that server and relay share"
# Perfect negotiation as docs/generated/messages.md has it, twice in one page.
PAGE = """<!doctype html><title>call</title><script>
const plan = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const state = window.state = {};
async function peer(name, protocols) {
  const me = state[name] = {got: [], joined: null, closed: null};
  const ws = new WebSocket(plan.url, protocols);
  const say = m => ws.send(JSON.stringify({v: 1, ...m}));
  let pc, making = false, ignoring = false, polite;
  ws.onopen = () => { me.protocol = ws.protocol; say({type: "join"}); };
  ws.onclose = e => me.closed = e.code;
  async function begin(m) {
    polite = m.polite;
    me.joined = m;
    pc = me.pc = new RTCPeerConnection({iceServers: m.ice_servers, iceTransportPolicy: plan.policy});
    pc.onicecandidate = e => say(e.candidate ? {type: "ice", candidate: e.candidate} : {type: "ice_end"});
    pc.ontrack = e => me.got.push(e.track.kind);
    pc.onnegotiationneeded = async () => {
      if (!me.other) return;
      making = true;
      await pc.setLocalDescription();
      say({type: pc.localDescription.type, sdp: pc.localDescription.sdp});
      making = false;
    };
    if (m.peers.length) me.other = true;
    const media = await navigator.mediaDevices.getUserMedia({audio: true, video: true});
    for (const track of media.getTracks()) pc.addTrack(track, media);
  }
  async function describe(m) {
    const collision = m.type === "offer" && (making || pc.signalingState !== "stable");
    ignoring = !polite && collision;
    if (ignoring) return;
    await pc.setRemoteDescription({type: m.type, sdp: m.sdp});
    if (m.type === "offer") {
      await pc.setLocalDescription();
      say({type: "answer", sdp: pc.localDescription.sdp});
    }
  }
  let queue = Promise.resolve();
  ws.onmessage = e => { queue = queue.then(async () => {
    const m = JSON.parse(e.data);
    if (m.type === "joined") await begin(m);
    else if (m.type === "peer_joined") { me.other = true; pc.onnegotiationneeded(); }
    else if (m.type === "offer" || m.type === "answer") await describe(m);
    else if (m.type === "ice") { try { await pc.addIceCandidate(m.candidate); } catch (x) { if (!ignoring) throw x; } }
  }).catch(x => me.error = String(x)); };
}
window.report = async () => {
  const out = {};
  for (const [name, me] of Object.entries(state)) {
    const r = out[name] = {got: me.got.slice().sort(), bytes: {}, closed: me.closed, error: me.error,
                           protocol: me.protocol, ice: me.pc && me.pc.iceConnectionState};
    if (!me.pc) continue;
    const stats = [...(await me.pc.getStats()).values()];
    for (const s of stats)
      if (s.type === "inbound-rtp") r.bytes[s.kind] = s.bytesReceived;
    const pair = stats.find(s => s.type === "candidate-pair" && s.nominated && s.state === "succeeded");
    const local = pair && stats.find(s => s.id === pair.localCandidateId);
    r.candidate = local && local.candidateType;
  }
  return out;
};
peer("evaluator", plan.evaluator).then(() => peer("student", plan.student));
</script>"""


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_):
        pass


class Call(Rooms):
    def setUp(self):
        self.pages = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=self.pages.serve_forever, daemon=True).start()
        self.addCleanup(self.pages.server_close)
        self.addCleanup(self.pages.shutdown)
        self.turn_port = free_port()
        self.env = {"CORS_ORIGINS": f"http://127.0.0.1:{self.pages.server_port}", "TURN_SECRET": SECRET,
                    "TURN_URLS": f"turn:127.0.0.1:{self.turn_port}?transport=udp"}
        super().setUp()
        self.relay()
        self.browser = Browser(FLAGS)
        self.addCleanup(self.browser.close)

    def relay(self):
        folder = tempfile.mkdtemp(prefix="enigma-turn-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        turn = subprocess.Popen(
            ["turnserver", "-n", "--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=test",
             "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={self.turn_port}",
             "--allow-loopback-peers", "--no-tls", "--no-dtls", "--no-cli", "--log-file=stdout",
             f"--pidfile={folder}/pid", f"--userdb={folder}/db"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(turn.wait)
        self.addCleanup(turn.kill)

    def call(self, policy):
        """Both peers until media flows; what they report."""
        interview, cookie = self.interview()
        plan = {"url": f"ws://127.0.0.1:{self.server.port}/ws/interview/{interview}", "policy": policy,
                "evaluator": self.ticket(interview, token=self.bob),
                "student": self.ticket(interview, cookie=cookie)}

        self.browser.open(f"http://127.0.0.1:{self.pages.server_port}/#{quote(json.dumps(plan))}")
        end = time.time() + 120
        while time.time() < end:
            seen = self.browser.ask("POST", self.browser.session + "/execute/async", {
                "script": "const done = arguments[0]; window.report().then(done, x => done(String(x)))",
                "args": []})
            if isinstance(seen, dict) and len(seen) == 2 and all(
                    p["got"] == ["audio", "video"] and p["candidate"] and
                    min(p["bytes"].get("audio", 0), p["bytes"].get("video", 0)) > 1000
                    for p in seen.values()):
                return seen
            time.sleep(0.3)
        raise AssertionError(f"no call came about: {seen}")

    @once("a call has no database")
    def test_two_way_call(self):
        for name, seen in self.call("all").items():
            self.assertEqual((seen["protocol"], seen["error"], seen["closed"]),
                             ("enigma.v1", None, None), name)

    @once("a call has no database")
    def test_call_through_the_relay_alone(self):
        for name, seen in self.call("relay").items():
            self.assertEqual(seen["candidate"], "relay", name)



if __name__ == "__main__":
    unittest.main()
