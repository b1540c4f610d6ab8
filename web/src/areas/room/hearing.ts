/* Sends the microphone to the server's ears: captions for both, and what the interviewer says for the
 * monitor. Says when nobody listens. */
import { signal } from "@preact/signals";
import { socketTo } from "./wire";

export type EarState = "off" | "on" | "lost";
const AGAIN_MS = 3000, HEAD = 12;

export class Hearing {
  readonly state = signal<EarState>("off");
  private context: AudioContext | null = null;
  private socket: WebSocket | null = null;
  private frames = 0;
  private samples = 0;
  private shut = false;
  muted = false;

  constructor(private readonly path: string) {}

  async start(stream: MediaStream): Promise<void> {
    if (stream.getAudioTracks().length === 0) return;
    const worklet = document.querySelector<HTMLMetaElement>('meta[name="capture-worklet"]')?.content ?? "";
    this.context = new AudioContext();
    await this.context.audioWorklet.addModule(worklet);
    const node = new AudioWorkletNode(this.context, "capture", { numberOfOutputs: 0 });
    this.context.createMediaStreamSource(stream).connect(node);
    node.port.onmessage = (event) => this.send(new Int16Array(event.data as ArrayBuffer));
    this.open();
  }

  private open(): void {
    const socket = socketTo(this.path);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      this.frames = this.samples = 0;
      socket.send(JSON.stringify({ v: 1, type: "audio_start", rate: 16000, codec: "pcm16" }));
      this.state.value = "on";
    };
    socket.onclose = (event) => {
      if (this.shut || event.code === 4410) { this.state.value = "off"; return; }
      this.state.value = "lost";
      setTimeout(() => { if (!this.shut) this.open(); }, AGAIN_MS);
    };
  }

  private send(pcm: Int16Array): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    if (this.muted) pcm = new Int16Array(pcm.length);
    const bytes = new ArrayBuffer(HEAD + pcm.byteLength), view = new DataView(bytes);
    view.setUint8(0, 1);
    view.setUint32(4, this.frames++, true);
    view.setUint32(8, this.samples, true);
    this.samples += pcm.length;
    new Int16Array(bytes, HEAD).set(pcm);
    this.socket.send(bytes);
  }

  stop(): void {
    this.shut = true;
    this.socket?.close(1000);
    void this.context?.close();
    this.state.value = "off";
  }
}
