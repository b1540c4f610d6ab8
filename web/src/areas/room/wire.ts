/* The signalling socket of a room (docs/generated/messages.md): joins, resumes after a loss with the
 * key of the last connection, and says in words why it is shut. */
export interface Peer {
  peer: string;
  role: string;
}
export interface Joined {
  peer: string;
  role: "evaluator" | "student" | "observer";
  state: "waiting" | "live";
  polite: boolean;
  resumed: boolean;
  peers: (Peer | string)[];
  ice_servers: RTCIceServer[];
  resume_key: string;
  monitoring: boolean;
  transcription: "none" | "basic" | "full";
}
export interface Caption {
  id: number;
  speaker: "evaluator" | "student";
  text: string;
  t0: string;
}
export interface Nudge {
  id: number;
  nudge_type: "info" | "warning" | "block";
  severity: string | null;
  message: string;
  duration_ms: number | null;
  requires_ack: boolean;
  /** The interviewer's own words that it is about. */
  quote?: string;
  replaces?: number | null;
}
export interface Heard {
  joined: Joined;
  peer_joined: Peer;
  peer_left: Peer & { reason: "left" | "lost" };
  state: { state: "waiting" | "live" };
  offer: { sdp: string };
  answer: { sdp: string };
  ice: { candidate: RTCIceCandidateInit };
  ice_end: object;
  transcript: Caption;
  nudge: Nudge;
  acked: { nudge_id: number };
  status: { strikes: number; status: string };
  monitoring: { mode: "on" | "gap" | "off"; gap: number };
  terminated: { reason: string; text: string };
  error: { code: string; message: string };
  pong: object;
}
export type Handlers = { [K in keyof Heard]?: (message: Heard[K]) => void };
export type WireState = "connecting" | "open" | "lost" | "over";

/** A socket of the server's own; http becomes ws, and https wss. */
export const socketTo = (path: string, ...more: string[]) => new WebSocket(new URL(path, location.href).href.replace("http", "ws"), ["enigma.v1", ...more]);

const PING_MS = 15000, FIRST_MS = 500, LAST_MS = 8000;
const GONE = new Set([4401, 4403, 4404, 4409, 4410]);

export class Wire {
  private socket: WebSocket | null = null;
  private key = "";
  private seq = 0;
  private wait = FIRST_MS;
  private shut = false;
  private timer = 0;

  constructor(private readonly path: string, private readonly on: Handlers, private readonly onState: (s: WireState, code: number) => void) {
    this.open();
    this.timer = setInterval(() => this.say("ping"), PING_MS) as unknown as number;
    addEventListener("online", this.hurry);
  }

  private hurry = () => {
    this.wait = FIRST_MS;
    if (this.socket?.readyState === WebSocket.CLOSED) this.open();
  };

  private open(): void {
    const key = this.key;
    this.onState("connecting", 0);
    const socket = socketTo(this.path, ...(key ? [`resume.${key}`] : []));
    this.socket = socket;
    socket.onopen = () => this.say(key ? "resume" : "join", key ? { key, last_seq: this.seq } : {});
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data as string) as { type: keyof Heard; seq?: number } & Heard[keyof Heard];
      if (message.seq !== undefined) this.seq = message.seq;
      if (message.type === "joined") {
        const joined = message as unknown as Joined;
        this.key = joined.resume_key;
        this.wait = FIRST_MS;
        this.onState("open", 0);
      }
      (this.on[message.type] as ((m: unknown) => void) | undefined)?.(message);
    };
    socket.onclose = (event) => {
      if (this.shut) return;
      if (event.code === 4401 && key) this.key = ""; // the key is too old: enter anew
      else if (GONE.has(event.code)) return this.end("over", event.code);
      this.onState("lost", event.code);
      setTimeout(() => { if (!this.shut && this.socket === socket) this.open(); }, this.wait);
      this.wait = Math.min(this.wait * 2, LAST_MS);
    };
  }

  say(type: string, members: object = {}): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ v: 1, type, ...members }));
  }

  private end(state: WireState, code: number): void {
    this.shut = true;
    clearInterval(this.timer);
    removeEventListener("online", this.hurry);
    this.onState(state, code);
  }

  /** What was said about an end that came before stands. */
  close(): void {
    if (this.shut) return;
    this.say("leave");
    this.end("over", 1000);
  }
}
