/* Camera and microphone before one goes in: what works, what does not, and what to do about it. */
import { useEffect, useRef } from "preact/hooks";
import { signal, useSignal } from "@preact/signals";
import { t, type Key } from "../../core/i18n";
import { Button, Card } from "../../ui/parts";
import { Notice } from "../../ui/states";

export type MediaTrouble = "" | "denied" | "missing" | "busy" | "insecure";
export const local = signal<MediaStream | null>(null);
export const trouble = signal<MediaTrouble>("");
export const withoutCamera = signal(false);

function reason(error: unknown): MediaTrouble {
  const name = error instanceof DOMException ? error.name : "";
  return name === "NotAllowedError" || name === "SecurityError" ? "denied" : name === "NotFoundError" || name === "OverconstrainedError" ? "missing" : "busy";
}

export async function openMedia(): Promise<void> {
  trouble.value = "";
  if (!navigator.mediaDevices) { trouble.value = "insecure"; return; }
  const audio = { echoCancellation: true, noiseSuppression: true };
  try {
    local.value = await navigator.mediaDevices.getUserMedia({ audio, video: { width: { ideal: 1280 }, height: { ideal: 720 } } });
    withoutCamera.value = false;
  } catch (first) {
    try {
      local.value = await navigator.mediaDevices.getUserMedia({ audio });
      withoutCamera.value = true;
    } catch {
      trouble.value = reason(first);
    }
  }
}

export function Video({ stream, muted, label, mirror }: { stream: MediaStream | null; muted?: boolean; label: string; mirror?: boolean }) {
  const el = useRef<HTMLVideoElement>(null);
  useEffect(() => { if (el.current && el.current.srcObject !== stream) el.current.srcObject = stream; }, [stream]);
  return <video ref={el} autoplay playsInline muted={muted} aria-label={label} class={mirror ? "mirror" : ""} />;
}

/** How loud the microphone is, so that one sees that it hears. */
function Level({ stream }: { stream: MediaStream }) {
  const level = useSignal(0);
  useEffect(() => {
    const context = new AudioContext(), look = context.createAnalyser(), data = new Uint8Array(look.fftSize);
    context.createMediaStreamSource(stream).connect(look);
    const timer = setInterval(() => {
      look.getByteTimeDomainData(data);
      level.value = Math.min(1, Math.max(...data.map((v) => Math.abs(v - 128))) / 64);
    }, 100);
    return () => { clearInterval(timer); void context.close(); };
  }, [stream]);
  return <meter class="level" min={0} max={1} value={level.value} aria-label={t("room.level")} />;
}

export function DeviceCheck({ onReady }: { onReady: () => void }) {
  useEffect(() => { if (!local.value) void openMedia(); }, []);
  const stream = local.value, bad = trouble.value;
  return (
    <Card title={t("room.check")}>
      <p class="quiet">{t("room.check.text")}</p>
      <div class="check">
        <div class="own-view">{stream && !withoutCamera.value ? <Video stream={stream} muted mirror label={t("room.own")} /> : <p>{stream ? t("room.nocamera") : bad ? "" : t("state.loading")}</p>}</div>
        {stream && <p class="level-line"><span>{t("room.mic")}</span><Level stream={stream} /></p>}
      </div>
      {stream && withoutCamera.value && <Notice tone="warn" title={t("room.nocamera")} actions={<Button onClick={openMedia}>{t("action.retry")}</Button>}><p>{t("room.nocamera.text")}</p></Notice>}
      {bad && <Notice tone="bad" live title={t(`room.trouble.${bad}` as Key)} actions={<Button onClick={openMedia}>{t("action.retry")}</Button>}><p>{t(`room.trouble.${bad}.text` as Key)}</p></Notice>}
      <div class="actions end"><button type="button" class="button primary big" disabled={!stream} onClick={onReady}>{t("room.enter")}</button></div>
    </Card>
  );
}
