/* The call itself: perfect negotiation, and a new ICE round when the network changes. The interviewer's
 * side (impolite) makes the first offer, and a new connection when the other side is another page than
 * before; so two first offers never meet, which browsers undo with a connection that stays silent. */
import { signal } from "@preact/signals";
import type { Wire } from "./wire";

export type LinkState = "none" | "connecting" | "connected" | "lost";
const PATIENCE_MS = 2000, STUCK_MS = 15000;

/* The session of a description; another number is another connection. */
const sessionOf = (sdp?: string) => /^o=\S+ \S+/m.exec(sdp ?? "")?.[0];

export class Call {
  readonly remote = signal<MediaStream | null>(null);
  readonly state = signal<LinkState>("none");
  private pc: RTCPeerConnection | null = null;
  private making = false;
  private timer = 0;

  constructor(private readonly wire: () => Wire | null, private readonly local: () => MediaStream | null) {
    const restart = () => this.pc?.restartIce(), link = (navigator as Navigator & { connection?: EventTarget & { type?: string } }).connection;
    let type = link?.type;
    addEventListener("online", restart);
    link?.addEventListener("change", () => { if (type !== (type = link.type)) restart(); });
  }

  private polite = true;
  private servers: RTCIceServer[] = [];
  /** From the last `joined`; the connection is made when the other side is there. */
  prepare(polite: boolean, servers: RTCIceServer[]): void {
    this.polite = polite;
    this.servers = servers;
  }

  /** The other side is there, or again, or what was said to it may have been lost. */
  begin(): void {
    if (this.polite) this.state.value = this.pc ? this.state.value : "connecting";
    else if (!this.pc) this.make();
    else if (this.pc.signalingState === "stable") this.pc.restartIce();
    else this.describe("offer");
  }

  private describe(type: string): void {
    this.wire()?.say(type, { sdp: this.pc?.localDescription?.sdp });
  }

  private make(): RTCPeerConnection {
    const pc = (this.pc = new RTCPeerConnection({ iceServers: this.servers })), stream = this.local();
    const wait = (ms: number, act: () => void) => { this.timer = setTimeout(act, ms) as unknown as number; };
    const anew = () => { if (!this.polite) { this.end(); this.make(); } };
    this.state.value = "connecting";
    for (const track of stream?.getTracks() ?? []) pc.addTrack(track, stream as MediaStream);
    for (const kind of ["audio", "video"] as const)
      if (!stream?.getTracks().some((t) => t.kind === kind)) pc.addTransceiver(kind, { direction: "recvonly" });
    pc.ontrack = ({ streams }) => { this.remote.value = streams[0] ?? null; };
    pc.onicecandidate = ({ candidate }) => (candidate ? this.wire()?.say("ice", { candidate: candidate.toJSON() }) : this.wire()?.say("ice_end"));
    pc.onnegotiationneeded = async () => {
      try {
        this.making = true;
        await pc.setLocalDescription();
        this.describe("offer");
      } finally {
        this.making = false;
      }
    };
    pc.onconnectionstatechange = () => {
      clearTimeout(this.timer);
      const now = pc.connectionState, bad = now === "failed" || now === "disconnected";
      this.state.value = now === "connected" ? now : bad ? "lost" : "connecting";
      if (bad) wait(this.polite ? 2 * PATIENCE_MS : PATIENCE_MS, () => pc.restartIce());
      else if (now !== "connected") wait(STUCK_MS, anew);
    };
    wait(STUCK_MS, anew);
    return pc;
  }

  async offered(sdp: string): Promise<void> {
    const known = this.pc?.remoteDescription;
    if (known && sessionOf(known.sdp) !== sessionOf(sdp)) this.end();
    const pc = this.pc ?? this.make();
    if (!this.polite && (this.making || pc.signalingState !== "stable")) return;
    await pc.setRemoteDescription({ type: "offer", sdp });
    await pc.setLocalDescription();
    if (pc === this.pc) this.describe("answer");
  }

  async answered(sdp: string): Promise<void> {
    const pc = this.pc, known = pc?.remoteDescription;
    if (pc?.signalingState !== "have-local-offer") return;
    if (known && sessionOf(known.sdp) !== sessionOf(sdp)) {
      this.end();
      this.make();
    } else await pc.setRemoteDescription({ type: "answer", sdp });
  }

  candidate(candidate: RTCIceCandidateInit): void {
    this.pc?.addIceCandidate(candidate).catch(() => undefined); // of an older round
  }

  end(): void {
    clearTimeout(this.timer);
    this.pc?.close();
    this.pc = null;
    this.remote.value = null;
    this.state.value = "none";
  }
}
