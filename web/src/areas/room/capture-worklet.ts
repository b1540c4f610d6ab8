/* In the audio thread: the microphone as 16 kHz PCM16, 100 ms at a time. */
declare const sampleRate: number;
declare function registerProcessor(name: string, made: unknown): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
const RATE = 16000, FRAME = 1600;

class Capture extends AudioWorkletProcessor {
  private frame = new Int16Array(FRAME);
  private filled = 0;
  private sum = 0;
  private count = 0;
  private phase = 0;

  /** Each sample of 16 kHz is the mean of those that fall into its time. */
  process(inputs: Float32Array[][]): boolean {
    for (const sample of inputs[0]?.[0] ?? []) {
      this.sum += sample;
      this.count++;
      this.phase += RATE;
      if (this.phase < sampleRate) continue;
      this.phase -= sampleRate;
      this.frame[this.filled++] = Math.max(-1, Math.min(1, this.sum / this.count)) * 0x7fff;
      this.sum = this.count = 0;
      if (this.filled < FRAME) continue;
      this.port.postMessage(this.frame.buffer, [this.frame.buffer]);
      this.frame = new Int16Array(FRAME);
      this.filled = 0;
    }
    return true;
  }
}
registerProcessor("capture", Capture);
