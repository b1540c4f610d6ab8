/* One interview from the device check to the end; what one sees depends on one's part in it. */
import { useSignal } from "@preact/signals";
import { api, ApiError } from "../../core/api";
import { t, type Key } from "../../core/i18n";
import { asApiError, useLoad } from "../../core/load";
import { say } from "../../core/say";
import { Dialog } from "../../ui/dialog";
import { Card, Facts, Page } from "../../ui/parts";
import { Empty, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";
import { Declaration } from "./declaration";
import { DeviceCheck, local } from "./devices";
import { Live, type Part } from "./live";
import { blocked } from "./nudges";
import { Scorecard } from "./scorecard";

interface Member {
  part: Part;
  at: string;
  ends: string;
  status: "scheduled" | "completed" | "cancelled";
  started: boolean;
  scored: boolean;
}
/* The codes of a close after which the interview goes on without this page. */
const shutOut: Record<number, Key> = { 4401: "room.over.login", 4403: "room.over.barred", 4409: "room.over.replaced" };
type Stage = "check" | "declare" | "live" | "card" | "done" | "declined";

const isRefusal = (error: unknown) => error instanceof ApiError && [401, 403, 404].includes(error.status);

/** Staff by their login, else the student whose interview it is. */
async function find(id: string): Promise<Member | null> {
  try {
    const [me, one] = await Promise.all([api("GET /admin/auth/me", { plain401: true }), api("GET /admin/interviews/{interview_id}", { path: { interview_id: id }, plain401: true })]);
    return { part: one.admin_id === me.admin_id ? "evaluator" : "observer", at: one.interview_time, ends: one.ends_at, status: one.status, started: Boolean(one.started_at), scored: one.scored };
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  try {
    const own = (await api("GET /student/interviews/me", { plain401: true })).find((i) => String(i.id) === id);
    return own ? { part: "student", at: own.interview_time, ends: own.ends_at, status: own.status, started: Boolean(own.started_at), scored: false } : null;
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

function stopMedia(): void {
  for (const track of local.value?.getTracks() ?? []) track.stop();
  local.value = null;
}

function Steps({ id, member }: { id: string; member: Member }) {
  const evaluator = member.part === "evaluator";
  const stage = useSignal<Stage>(member.status === "cancelled" ? "done" : evaluator && member.status === "completed" ? (member.scored ? "done" : "card") : member.status === "completed" ? "done" : member.part === "observer" ? "live" : "check");
  const words = useSignal("");
  const over = (text: string, code: number) => {
    const out = shutOut[code];
    words.value = text || t(out ?? "room.over");
    stopMedia();
    stage.value = evaluator && !out && !blocked.value ? "card" : "done";
  };
  const end = async () => {
    try {
      await api("PUT /admin/interviews/{interview_id}", { path: { interview_id: id }, body: { status: "completed" } });
    } catch (error) {
      say(asApiError(error).message, "bad");
    }
  };
  return (
    <>
      {stage.value === "check" && (
        <div class="columns">
          <DeviceCheck onReady={() => { stage.value = evaluator && !member.started ? "declare" : "live"; }} />
          <Card title={t("room.about")}><Facts items={[[t("room.at"), <Time at={member.at} both />], [t("room.until"), <Time at={member.ends} how="time" />]]} /><p class="quiet">{t(evaluator ? "room.about.evaluator" : "room.about.student")}</p></Card>
        </div>
      )}
      {stage.value === "declare" && <Declaration id={id} onAccepted={() => { stage.value = "live"; }} onDeclined={() => { stopMedia(); stage.value = "declined"; }} />}
      {stage.value === "live" && <Live id={id} part={member.part} onOver={over} {...(evaluator ? { onEnd: end } : {})} />}
      {stage.value === "card" && <Scorecard id={id} onDone={() => { stage.value = "done"; words.value = t("card.done"); }} />}
      {stage.value === "done" && <Empty title={t("room.done")} action={<a class="button primary" href={member.part === "student" ? "/student" : "/staff"}>{t("room.back")}</a>}><p>{words.value || t("room.over")}</p></Empty>}
      {stage.value === "declined" && <Empty title={t("coi.declined")} action={<a class="button primary" href="/staff">{t("room.back")}</a>}><p>{t("coi.declined.text")}</p></Empty>}
      {evaluator && blocked.value && stage.value === "done" && (
        <Dialog title={t("nudge.block")} tone="bad"><p>{blocked.value.message}</p><p>{t("nudge.block.text")}</p><div class="actions end"><a class="button primary" href="/staff">{t("room.back")}</a></div></Dialog>
      )}
    </>
  );
}

export function Room({ id }: { id: string }) {
  const member = useLoad(() => find(id), [id]);
  return (
    <Page title={t("room.title")}>
      <Loaded of={member} lines={6}>{(m) => m ? <Steps id={id} member={m} /> : (
        <Empty title={t("room.none")} action={<><a class="button primary" href={`/signin?next=/interview/${id}`}>{t("room.signin.student")}</a><a class="button" href="/staff/signin">{t("room.signin.staff")}</a></>}><p>{t("room.none.text")}</p></Empty>
      )}</Loaded>
    </Page>
  );
}
