/* Server-sent events with states and a clean end:
 *   const close = events("/jobs/7/events", { progress: (job: Job) => …, end: (job: Job) => … }, setState); */
export type StreamState = "connecting" | "open" | "lost" | "closed";

const AGAIN_MS = 3000;

export function events(url: string, on: Record<string, (data: never, id: string) => void>, onState?: (s: StreamState) => void): () => void {
  let source: EventSource | null = null, timer = 0, shut = false;
  const stop = () => {
    shut = true;
    clearTimeout(timer);
    source?.close();
    onState?.("closed");
  };
  const open = () => {
    onState?.("connecting");
    source = new EventSource(url);
    source.onopen = () => onState?.("open");
    source.onerror = () => {
      if (shut) return;
      onState?.("lost");
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_MS) as unknown as number;
    };
    for (const [name, handle] of Object.entries(on))
      source.addEventListener(name, (event) => {
        handle(JSON.parse((event as MessageEvent<string>).data) as never, (event as MessageEvent).lastEventId);
        if (name === "end") stop();
      });
  };
  open();
  return stop;
}
