/* The interview as it runs: the other side large, oneself small, captions and nudges at the side,
 * what one can do at the bottom with a key for each. */
import { useEffect, useRef } from "preact/hooks";
import { useSignal, type Signal } from "@preact/signals";
import { t, type Key } from "../../core/i18n";
import { announce } from "../../core/say";
import { Confirm } from "../../ui/dialog";
import { Icon, type IconName } from "../../ui/icons";
import { Badge } from "../../ui/parts";
import { Notice } from "../../ui/states";
import { Call } from "./call";
import { local, Video, withoutCamera } from "./devices";
import { Hearing } from "./hearing";
import { blocked, disagree, Disputed, Infos, NudgeList, take, Warnings } from "./nudges";
import { Wire, type Caption, type WireState } from "./wire";

export type Part = "evaluator" | "student" | "observer";
interface LiveProps {
  id: string;
  part: Part;
  /** The interview is over, in the server's words; code of the close. */
  onOver: (text: string, code: number) => void;
  /** The interviewer ends it. */
  onEnd?: () => Promise<void>;
}

function Since({ from }: { from: number }) {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => { now.value = Date.now(); }, 1000);
    return () => clearInterval(timer);
  }, []);
  const s = Math.max(0, Math.floor((now.value - from) / 1000)), two = (n: number) => String(n).padStart(2, "0");
  return <span class="number" title={t("room.duration")}>{Math.floor(s / 60)}:{two(s % 60)}</span>;
}

function Captions({ of: captions, own }: { of: Signal<Caption[]>; own: Part }) {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => { end.current?.scrollIntoView?.({ block: "nearest" }); }, [captions.value.length]);
  if (captions.value.length === 0) return <p class="quiet">{t("room.captions.none")}</p>;
  return (
    <div class="captions" tabIndex={0} role="log" aria-label={t("room.captions")}>
      {captions.value.map((c) => <p key={c.id}><strong>{t(c.speaker === own ? "room.you" : c.speaker === "student" ? "room.student" : "room.interviewer")}</strong> <span dir="auto">{c.text}</span></p>)}
      <div ref={end} />
    </div>
  );
}

export function Live({ id, part, onOver, onEnd }: LiveProps) {
  const net = useSignal<WireState>("connecting"), live = useSignal(false), other = useSignal(false), began = useSignal(0), captions = useSignal<Caption[]>([]);
  const monitoring = useSignal<"on" | "basic" | "gap" | "off">("on"), strikes = useSignal(0), micOn = useSignal(true), cameraOn = useSignal(true), captionsOn = useSignal(true), ending = useSignal(false);
  const wire = useRef<Wire | null>(null), said = useRef(""), mode = useRef<"on" | "basic" | "off">("on");
  const call = useRef<Call | null>(null), ears = useRef<Hearing | null>(null);
  call.current ??= new Call(() => wire.current, () => local.value);
  ears.current ??= new Hearing(`/ws/interview/${id}/audio`);
  const ack = (nudge_id: number) => wire.current?.say("ack", { nudge_id });
  useEffect(() => {
    const c = call.current as Call, e = ears.current as Hearing;
    const begin = () => { live.value = true; began.value ||= Date.now(); if (other.value && part !== "observer") c.begin(); if (e.state.value === "off" && local.value && part !== "observer") void e.start(local.value); };
    wire.current = new Wire(`/ws/interview/${id}`, {
      joined: (j) => {
        c.prepare(j.polite, j.ice_servers);
        mode.current = !j.monitoring ? "off" : j.transcription === "basic" ? "basic" : "on";
        monitoring.value = mode.current;
        if (!j.resumed) c.end();
        other.value = j.peers.length > 0;
        if (j.state === "live") begin();
      },
      peer_joined: (p) => { if (p.role === "observer") return; other.value = true; announce(t("room.came")); if (live.value) c.begin(); },
      peer_left: (p) => { if (p.role === "observer") return; if (p.reason === "left") { other.value = false; c.end(); } announce(t("room.went")); },
      state: (s) => { if (s.state === "live") begin(); },
      offer: (m) => void c.offered(m.sdp), answer: (m) => void c.answered(m.sdp), ice: (m) => c.candidate(m.candidate),
      transcript: (m) => { captions.value = [...captions.value.slice(-199), m]; },
      nudge: take, status: (s) => { strikes.value = s.strikes; },
      monitoring: (m) => { monitoring.value = m.mode === "on" ? mode.current : m.mode; },
      terminated: (m) => { said.current = m.text; },
    }, (state, code) => { net.value = state; if (state === "over") onOver(said.current, code); });
    return () => { wire.current?.close(); c.end(); e.stop(); };
  }, []);
  const mic = () => { micOn.value = !micOn.value; for (const track of local.value?.getAudioTracks() ?? []) track.enabled = micOn.value; (ears.current as Hearing).muted = !micOn.value; };
  const camera = () => { cameraOn.value = !cameraOn.value; for (const track of local.value?.getVideoTracks() ?? []) track.enabled = cameraOn.value; };
  const captionsToggle = () => { captionsOn.value = !captionsOn.value; };
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).matches("input, textarea, select, dialog *")) return;
      const act = { m: mic, v: camera, c: captionsToggle, d: disagree }[event.key.toLowerCase()];
      if (act) { event.preventDefault(); act(); }
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  const media = call.current.state.value, heard = ears.current.state.value, last = captions.value.at(-1);
  const badge = (ok: boolean, name: Key, good: Key = "room.good", bad: Key = "room.lost") => <Badge tone={ok ? "good" : "warn"}><Icon name={ok ? "check" : "warn"} size={14} /> {t(name)}: {t(ok ? good : bad)}</Badge>;
  const control = (on: Signal<boolean>, act: () => void, words: Key, key: string, icon?: IconName, disabled?: boolean) => (
    <button type="button" class="button" aria-pressed={on.value} disabled={disabled} onClick={act}>{icon && <Icon name={icon} />} {t(words)} <kbd>{key}</kbd></button>
  );
  return (
    <div class="room">
      <div class="room-bar" role="group" aria-label={t("room.connection")}>
        {badge(net.value === "open", "room.net")}
        {live.value && other.value && badge(media === "connected", "room.media", "room.good", "room.trying")}
        {part !== "observer" && live.value && badge(heard === "on", "room.captions")}
        {part === "evaluator" && live.value && badge(monitoring.value === "on", "room.monitor", "room.mode.on", `room.mode.${monitoring.value}`)}
        <span class="room-bar-end">{part === "evaluator" && <span>{t("room.strikes", { n: strikes.value })}</span>}{began.value > 0 && <Since from={began.value} />}</span>
      </div>
      {part === "evaluator" && <Warnings onAck={ack} />}
      {part === "evaluator" && live.value && monitoring.value === "off" && <Notice tone="warn" title={t("room.off.title")}><p>{t("room.off.text")}</p></Notice>}
      {part === "evaluator" && monitoring.value === "gap" && <Notice tone="warn" live title={t("room.gap.title")}><p>{t("room.gap.text")}</p></Notice>}
      <div class="room-grid">
        <section class="stage" aria-label={t("room.stage")}>
          {call.current.remote.value ? <Video stream={call.current.remote.value} label={t("room.other")} /> : (
            <div class="stage-empty"><p class="stage-words">{!live.value ? t(part === "student" ? "room.wait.student" : "room.wait") : other.value ? t("room.trying") : t(part === "student" ? "room.wait.interviewer" : "room.wait.other")}</p></div>
          )}
          <div class="own">{local.value && !withoutCamera.value && cameraOn.value ? <Video stream={local.value} muted mirror label={t("room.own")} /> : <p>{t("room.nocamera")}</p>}</div>
          {captionsOn.value && last && <p class="subtitle" aria-hidden="true" dir="auto">{last.text}</p>}
        </section>
        <aside class="side">
          <h2>{t("room.captions")}</h2>
          <Captions of={captions} own={part} />
          {part !== "student" && <details><summary>{t("room.kit")}</summary><ol class="kit">{(["kit.1", "kit.2", "kit.3", "kit.4", "kit.5"] as const).map((k) => <li key={k}>{t(k)}</li>)}</ol></details>}
          {part === "evaluator" && <details><summary>{t("nudge.title")}</summary><NudgeList /></details>}
        </aside>
      </div>
      {part === "evaluator" && <><Infos onAck={ack} /><Disputed /></>}
      <div class="controls" role="toolbar" aria-label={t("room.controls")}>
        {part !== "observer" && <>
          {control(micOn, mic, micOn.value ? "room.mic.off" : "room.mic.on", "M", "mic")}
          {control(cameraOn, camera, cameraOn.value ? "room.camera.off" : "room.camera.on", "V", "camera", withoutCamera.value)}
        </>}
        {control(captionsOn, captionsToggle, "room.captions", "C")}
        <button type="button" class="button danger" onClick={() => { ending.value = true; }}>{t(onEnd ? "room.end" : "room.leave")}</button>
      </div>
      {ending.value && (
        <Confirm title={t(onEnd ? "room.end.title" : "room.leave.title")} yes={t(onEnd ? "room.end" : "room.leave")} dangerous onClose={() => { ending.value = false; }}
          onYes={async () => { if (onEnd) await onEnd(); ending.value = false; wire.current?.close(); }}>
          <p>{t(onEnd ? "room.end.text" : "room.leave.text")}</p>
        </Confirm>
      )}
      {part === "evaluator" && blocked.value && net.value !== "over" && <p class="hidden" role="alert">{blocked.value.message}</p>}
    </div>
  );
}
