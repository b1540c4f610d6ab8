/* The call itself: perfect negotiation, and a new ICE round when the network changes. */
import { signal } from "@preact/signals";
import type { Wire } from "./wire";

export type LinkState = "none" | "connecting" | "connected" | "lost";
const PATIENCE_MS = 2000;

export class Call {
  readonly remote = signal<MediaStream | null>(null);
  readonly state = signal<LinkState>("none");
  private pc: RTCPeerConnection | null = null;
  private making = false;
  private ignoring = false;
  private timer = 0;

  constructor(private readonly wire: () => Wire | null, private readonly local: () => MediaStream | null) {
    addEventListener("online", () => this.pc?.restartIce());
    (navigator as Navigator & { connection?: EventTarget }).connection?.addEventListener("change", () => this.pc?.restartIce());
  }

  private polite = true;
  private servers: RTCIceServer[] = [];
  /** From the last `joined`; the connection is made when the other side is there. */
  prepare(polite: boolean, servers: RTCIceServer[]): void {
    this.polite = polite;
    this.servers = servers;
  }

  begin(): RTCPeerConnection {
    if (this.pc) return this.pc;
    const pc = new RTCPeerConnection({ iceServers: this.servers });
    this.pc = pc;
    this.state.value = "connecting";
    const stream = this.local();
    for (const track of stream?.getTracks() ?? []) pc.addTrack(track, stream as MediaStream);
    for (const kind of ["audio", "video"] as const)
      if (!stream?.getTracks().some((t) => t.kind === kind)) pc.addTransceiver(kind, { direction: "recvonly" });
    pc.ontrack = ({ streams }) => { this.remote.value = streams[0] ?? null; };
    pc.onicecandidate = ({ candidate }) => (candidate ? this.wire()?.say("ice", { candidate: candidate.toJSON() }) : this.wire()?.say("ice_end"));
    pc.onnegotiationneeded = async () => {
      try {
        this.making = true;
        await pc.setLocalDescription();
        this.wire()?.say("offer", { sdp: pc.localDescription?.sdp });
      } finally {
        this.making = false;
      }
    };
    pc.onconnectionstatechange = () => {
      clearTimeout(this.timer);
      const now = pc.connectionState;
      this.state.value = now === "connected" ? "connected" : now === "failed" || now === "disconnected" ? "lost" : "connecting";
      if (now === "failed") pc.restartIce();
      if (now === "disconnected") this.timer = setTimeout(() => pc.restartIce(), PATIENCE_MS) as unknown as number;
    };
    return pc;
  }

  async offered(sdp: string): Promise<void> {
    const pc = this.begin(), collision = this.making || pc.signalingState !== "stable";
    this.ignoring = !this.polite && collision;
    if (this.ignoring) return;
    await pc.setRemoteDescription({ type: "offer", sdp });
    await pc.setLocalDescription();
    this.wire()?.say("answer", { sdp: pc.localDescription?.sdp });
  }

  async answered(sdp: string): Promise<void> {
    if (this.pc?.signalingState === "have-local-offer") await this.pc.setRemoteDescription({ type: "answer", sdp });
  }

  async candidate(candidate: RTCIceCandidateInit): Promise<void> {
    try {
      await this.pc?.addIceCandidate(candidate);
    } catch (error) {
      if (!this.ignoring) throw error;
    }
  }

  end(): void {
    clearTimeout(this.timer);
    this.pc?.close();
    this.pc = null;
    this.remote.value = null;
    this.state.value = "none";
  }
}
