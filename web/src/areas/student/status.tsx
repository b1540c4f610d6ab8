/* Where one's applications stand: in plain words, with what comes next, and the result in the end. */
import { useSignal } from "@preact/signals";
import { api } from "../../core/api";
import { t, tValue } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { say } from "../../core/say";
import type { PageProps } from "../../core/start";
import type { OwnApplication, OwnInterview } from "../../api/types";
import { Confirm } from "../../ui/dialog";
import { Badge, Card, Page, Stepper } from "../../ui/parts";
import { Empty, Loaded, Notice } from "../../ui/states";
import { fromNow, Time } from "../../ui/time";
import { asApiError } from "../../core/load";

import { Appeal } from "./appeal";
import { ResultCard } from "./result";
import { findMe, requireMe } from "./session";

const REFRESH_MS = 30000;

function Withdraw({ application, onDone }: { application: OwnApplication; onDone: () => void }) {
  const open = useSignal(false);
  const withdraw = async () => {
    try {
      await api("POST /applications/{application_id}/withdraw", { path: { application_id: application.application_id } });
      open.value = false;
      say(t("withdraw.done"));
      onDone();
    } catch (error) {
      open.value = false;
      say(asApiError(error).message, "bad");
    }
  };
  return (
    <>
      <button type="button" class="button quiet" onClick={() => { open.value = true; }}>{t("withdraw.open")}</button>
      {open.value && (
        <Confirm title={t("withdraw.title")} yes={t("withdraw.yes")} dangerous onYes={withdraw} onClose={() => { open.value = false; }}>
          <p>{t("withdraw.text")}</p>
        </Confirm>
      )}
    </>
  );
}

function Interview({ of: i }: { of: OwnInterview }) {
  const open = Date.now() >= new Date(i.join_opens_at).getTime() && Date.now() <= new Date(i.join_closes_at).getTime();
  return (
    <Card title={t("interview.title")} tone="info">
      {i.status !== "scheduled" ? <p>{t(i.status === "cancelled" ? "interview.cancelled" : "interview.completed")}</p> : (
        <>
          <p><strong><Time at={i.interview_time} both /></strong></p>
          <p class="quiet">{t("interview.text", { n: i.duration_minutes })}</p>
          <div class="actions">
            <a class={open ? "button primary" : "button"} href={`/interview/${i.id}`}>{t(open ? "interview.enter" : "interview.look")}</a>
            <a class="button quiet" href={`/interviews/${i.id}/calendar.ics`} download>{t("interview.calendar")}</a>
          </div>
        </>
      )}
    </Card>
  );
}

interface OneProps {
  application: OwnApplication;
  interviews: OwnInterview[];
  /** The newest: what belongs to no one application stands beside it. */
  newest: boolean;
  reload: () => void;
}

function One({ application: a, interviews, newest, reload }: OneProps) {
  const line = useLoad(() => api("GET /applications/{application_id}/timeline", { path: { application_id: a.application_id } }), [a.application_id, a.status]);
  return (
    <div class="columns">
      <div class="stack">
        {interviews.filter((i) => i.application_id === a.application_id).map((i) => <Interview key={i.id} of={i} />)}
        {a.results && <ResultCard result={a.results} />}
        {a.results && <Appeal application={a.application_id} />}

        <Card title={t("status.timeline")}>
          <Loaded of={line} lines={9}>{(l) => (
            <Stepper tall label={t("status.timeline")} steps={l.steps.map((s) => ({
              key: s.phase, label: s.title, state: s.state === "done" ? "done" : s.state === "current" ? "now" : "next",
              detail: <>{s.text}{s.at && <> <Time at={s.at} how="date" /></>}{s.state === "skipped" && <> {t("status.skipped")}</>}</>,
            }))} />
          )}</Loaded>
        </Card>
      </div>
      <div class="stack">
        <Card title={a.cycle.cycle_name} actions={<Badge tone={a.status === "selected" ? "good" : a.status === "withdrawn" ? "warn" : "info"}>{tValue("value.status", a.status)}</Badge>}>
          <Loaded of={line} lines={2}>{(l) => (
            <>
              <p>{l.message}</p>
              {l.next && <p><strong>{t("status.next")}</strong> {l.next}{l.next_at && <> · <Time at={l.next_at} how="date" /> <span class="quiet">({fromNow(l.next_at)})</span></>}</p>}
            </>
          )}</Loaded>
          <dl class="facts one">
            <div><dt>{t("status.submitted")}</dt><dd><Time at={a.submitted_at} both /></dd></div>
            <div><dt>{t("status.number")}</dt><dd><code>{a.application_id}</code></dd></div>
            <div><dt>{t("status.results")}</dt><dd><Time at={a.cycle.result_date} how="date" /></dd></div>
          </dl>
          {a.cycle.phase === "submission" && a.status === "submitted" && <div class="actions"><Withdraw application={a} onDone={reload} /></div>}
        </Card>
        {newest && <Card title={t("data.title")}><p>{t("data.short")}</p><p><a href="/student/data">{t("data.go")}</a></p></Card>}
      </div>
    </div>
  );
}

export function Status({ route }: PageProps) {
  const who = requireMe();
  const own = useLoad(async () => (who ? await Promise.all([api("GET /auth/student/applications"), api("GET /admission/info"), api("GET /student/interviews/me")]) : null), [who?.student_id], REFRESH_MS);
  const reload = () => void Promise.all([own.reload(), findMe()]);
  return (
    <Page title={t("status.title")} actions={who && !who.application && (own.state.value.data?.[0].applications.length ?? 0) > 0 && own.state.value.data?.[1].is_open && <a class="button primary" href="/apply">{t("status.apply")}</a>}>
      {route.query.has("done") && <Notice tone="good" title={t("apply.done")} live><p>{t("apply.done.text")}</p></Notice>}
      <Loaded of={own} lines={6}>{(both) => {
        if (!both) return null;
        const [list, info, interviews] = both;
        if (list.applications.length) return list.applications.map((a, i) => <One key={a.application_id} application={a} interviews={interviews} newest={i === 0} reload={reload} />);
        return info.is_open
          ? <Empty title={t("status.none")} action={<a class="button primary big" href="/apply">{t("status.apply")}</a>}><p>{t("status.none.text")}</p></Empty>
          : <Empty title={t("status.none")}><p>{t("apply.closed.text")}</p></Empty>;
      }}</Loaded>
    </Page>
  );
}
