/* Scoring in the open: what runs and how fast, what it cost, what failed or was rejected and why,
 * the way out and in as JSONL, and files that a Batch API works on. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { BatchStatus, CycleStatus, ImportReport } from "../../api/types";
import { api } from "../../core/api";
import { number, t, type Key } from "../../core/i18n";
import { asApiError, useLoad } from "../../core/load";
import { say } from "../../core/say";
import type { PageProps } from "../../core/start";
import { Badge, Button, Card, Facts, Progress } from "../../ui/parts";
import { Empty, ErrorBox, Loaded, Notice } from "../../ui/states";
import { Time } from "../../ui/time";
import type { ApiError } from "../../core/api";
import { mark, readPath } from "./applications";
import { Attempts } from "./attempts";
import { Evaluation, Jobs } from "./cycle";
import { CycleFrame } from "./cycle-frame";
import { may, requireMe } from "./session";

const REJECTED_MAX = 50, ERRORS_MAX = 100, REFRESH_MS = 15000;
const tones = { pending: "plain", running: "info", completed: "good", failed: "bad", cancelled: "plain" } as const;

/** A disclosure whose content is read when it is opened first. */
function Later({ title, children }: { title: ComponentChildren; children: () => ComponentChildren }) {
  const opened = useSignal(false);
  return <details class="later" onToggle={(e) => { if (e.currentTarget.open) opened.value = true; }}><summary>{title}</summary>{opened.value && children()}</details>;
}

function Failures({ batch, reload }: { batch: BatchStatus; reload: () => void }) {
  const batch_id = String(batch.batch_id), list = useLoad(() => api("GET /admin/batch/{batch_id}/failures", { path: { batch_id } }), [batch_id]);
  const retry = async () => {
    await api("POST /admin/batch/{batch_id}/retry", { path: { batch_id } }).then(() => say(t("staff.next.begun")), (error: unknown) => say(asApiError(error).message, "bad"));
    reload();
  };
  return (
    <Loaded of={list}>{(rows) => rows.length === 0 ? <p class="quiet">{t("batch.failures.none")}</p> : (
      <>
        <ul class="plain-list">{rows.map((f) => (
          <li key={f.item_id}><a href={readPath(batch.cycle_id ?? "", f.item_id ?? "", new URLSearchParams())}><code>{f.item_id}</code></a> <span dir="auto">{f.reason}</span></li>
        ))}</ul>
        {may("cycles") && <div class="actions"><Button tone="primary" onClick={retry}>{t("batch.retry")}</Button><span class="quiet small">{t("batch.retry.text")}</span></div>}
      </>
    )}</Loaded>
  );
}

function Files({ batch }: { batch: BatchStatus }) {
  const batch_id = String(batch.batch_id), list = useLoad(() => api("GET /admin/batch/{batch_id}/files", { path: { batch_id } }), [batch_id], REFRESH_MS);
  return (
    <Loaded of={list}>{(rows) => rows.length === 0 ? <p class="quiet">{t("batch.files.none")}</p> : (
      <>
        <div class="scroll" tabIndex={0} role="region" aria-label={t("batch.files")}>
          <table>
            <thead><tr><th scope="col">{t("batch.file.pass")}</th><th scope="col">{t("review.model")}</th><th scope="col">{t("batch.file.state")}</th><th scope="col">{t("batch.file.remote")}</th>
              {(["questions", "imported", "refused"] as const).map((name) => <th key={name} scope="col" class="number">{t(`batch.file.${name}`)}</th>)}</tr></thead>
            <tbody>{rows.map((f) => (
              <tr key={f.model_batch_id}><td>{t(`batch.file.pass.${f.pass ?? "worker"}`)}</td><td><code>{f.model}</code></td><td>{t(`batch.file.state.${f.state ?? "made"}`)}{f.error && <p class="quiet small" dir="auto">{f.error}</p>}</td>
                <td>{f.remote_state ?? "–"}</td><td class="number">{number(f.questions ?? 0)}</td><td class="number">{number(f.imported ?? 0)}</td><td class="number">{number(f.refused ?? 0)}</td></tr>
            ))}</tbody>
          </table>
        </div>
        <p class="quiet small">{t("batch.files.how")}</p>
        <ul class="commands">{["submit", "poll", "fetch"].map((verb) => <li key={verb}><code dir="ltr">enigma batch {verb} {batch_id}</code></li>)}</ul>
      </>
    )}</Loaded>
  );
}

function Upload({ batch, reload }: { batch: BatchStatus; reload: () => void }) {
  const file = useSignal<File | null>(null), report = useSignal<ImportReport | null>(null), failed = useSignal<ApiError | null>(null), id = `file-${batch.batch_id}`;
  const send = async () => {
    failed.value = null;
    report.value = null;
    try {
      report.value = await api("POST /admin/batch/{batch_id}/import", { path: { batch_id: String(batch.batch_id) }, body: await (file.value as File).text() });
      reload();
    } catch (error) {
      failed.value = asApiError(error);
    }
  };
  const r = report.value;
  return (
    <div class="stack tight">
      <div class="field"><label for={id}>{t("batch.io.file")}</label><input id={id} type="file" accept=".jsonl,.ndjson,.txt" onChange={(e) => { file.value = e.currentTarget.files?.[0] ?? null; }} /></div>
      <div class="actions"><Button tone="primary" disabled={!file.value} onClick={send}>{t("batch.io.upload")}</Button></div>
      {failed.value && <ErrorBox error={failed.value} />}
      {r && (
        <Notice live tone={(r.rejected_count ?? 0) > 0 ? "warn" : "good"} title={t("batch.io.report", { imported: r.imported_count ?? 0, already: r.already_count ?? 0, rejected: r.rejected_count ?? 0, held: r.held_count ?? 0 })}>
          {(r.errors ?? []).length > 0 && (
            <div class="scroll" tabIndex={0} role="region" aria-label={t("batch.io.why")}>
              <table><thead><tr><th scope="col" class="number">{t("batch.io.line")}</th><th scope="col">{t("staff.anonymous")}</th><th scope="col">{t("batch.io.why")}</th></tr></thead>
                <tbody>{(r.errors ?? []).slice(0, ERRORS_MAX).map((e) => <tr key={e.line}><td class="number">{number(e.line ?? 0)}</td><td><code>{e.anonymized_id}</code></td><td dir="auto">{e.reason}</td></tr>)}</tbody></table>
            </div>
          )}
        </Notice>
      )}
    </div>
  );
}

function Batch({ batch: b, status: s, reload }: { batch: BatchStatus; status: CycleStatus; reload: () => void }) {
  if (b.model_name === "export" && !b.started_at) return <Card title={t("batch.written", { n: String(b.batch_id) })}><p class="quiet">{t("batch.written.text")}</p></Card>;
  return (
    <Card title={t("batch.of", { n: String(b.batch_id) })} actions={<Badge tone={tones[b.status ?? "pending"]}>{t(`batch.state.${b.status ?? "pending"}`)}</Badge>}>
      <Progress label={t("batch.done")} value={b.processed_records ?? 0} max={b.total_records ?? 0} />
      <Facts items={[
        [t("batch.model"), <code>{b.model_name}</code>],
        [t("batch.failed"), number(b.failed_records ?? 0)],
        ...(b.started_at ? [[t("talk.when"), <><Time at={b.started_at} />{b.completed_at && <> – <Time at={b.completed_at} how="time" /></>}</>] as [string, ComponentChildren]] : []),
      ]} />
      {b.error_log && <Notice tone="warn"><p class="reading" dir="auto">{b.error_log}</p></Notice>}
      <Later title={t("batch.failures")}>{() => <Failures batch={b} reload={reload} />}</Later>
      <Later title={t("batch.files")}>{() => <Files batch={b} />}</Later>
      {may("cycles") && s.phase === "processing" && <Later title={t("batch.io.upload")}>{() => <Upload batch={b} reload={reload} />}</Later>}
    </Card>
  );
}

function Thread({ cycle_id, anonymized_id }: { cycle_id: string; anonymized_id: string }) {
  const one = useLoad(() => api("GET /admin/cycles/{cycle_id}/applications/{anonymized_id}", { path: { cycle_id, anonymized_id } }), [anonymized_id]);
  return <Loaded of={one}>{(a) => <Attempts list={a.attempts ?? []} />}</Loaded>;
}

/** Those whose marks took more than one attempt, and those that wait because all were rejected. */
function Rejections({ cycleId, version }: { cycleId: string; version: unknown }) {
  const list = useLoad(async () => {
    const path = { cycle_id: cycleId };
    const [waiting, again] = await Promise.all([
      api("GET /admin/cycles/{cycle_id}/applications", { path, query: { condition: "review", limit: REJECTED_MAX } }),
      api("GET /admin/cycles/{cycle_id}/applications", { path, query: { attempts_min: 2, sort: "attempts", descending: true, limit: REJECTED_MAX } }),
    ]);
    return [...waiting, ...again.filter((a) => !waiting.some((w) => w.anonymized_id === a.anonymized_id))];
  }, [cycleId, version]);
  return (
    <Card title={t("batch.rejections")}>
      <Loaded of={list}>{(rows) => rows.length === 0 ? <p class="quiet">{t("batch.rejections.none")}</p> : (
        <ul class="plain-list">{rows.map((a) => (
          <li key={a.anonymized_id} class="wide">
            <a href={readPath(cycleId, a.anonymized_id ?? "", new URLSearchParams("q=attempts:>1"))}><code>{a.anonymized_id}</code></a>
            <span class="number">{mark(a.final_score)}</span>{a.in_review && <Badge tone="warn">{t("list.review")}</Badge>}
            <Later title={t("batch.thread")}>{() => <Thread cycle_id={cycleId} anonymized_id={a.anonymized_id ?? ""} />}</Later>
          </li>
        ))}</ul>
      )}</Loaded>
    </Card>
  );
}

export function BatchPage({ route }: PageProps) {
  const id = route.params["cycle_id"] ?? "", turn = useSignal(0);
  const status = useLoad(() => api("GET /admin/cycles/{cycle_id}/status", { path: { cycle_id: id } }), [id], REFRESH_MS);
  const batches = useLoad(() => api("GET /admin/cycles/{cycle_id}/batches", { path: { cycle_id: id } }), [id, turn.value], REFRESH_MS);
  if (!requireMe()) return null;
  const reload = () => { turn.value++; void status.reload(); };
  return (
    <Loaded of={status}>{(s) => {
      const version = `${s.phase} ${s.facts?.running_jobs ?? 0} ${turn.value}`;
      return (
        <CycleFrame status={s} part="/batch">
          <Loaded of={batches}>{(list) => list.length === 0 ? <Empty title={t("batch.none")}><p>{t("batch.none.text")}</p></Empty> : (
            <div class="columns">
              <div class="stack">
                <Jobs cycleId={id} version={version} onEnd={reload} kind="evaluate" idle={t("batch.idle")} />
                {list.map((b) => <Batch key={b.batch_id} batch={b} status={s} reload={reload} />)}
                <Rejections cycleId={id} version={version} />
              </div>
              <div class="stack">
                <Evaluation cycleId={id} version={version} />
                <Card title={t("batch.io")}>
                  <p>{t("batch.io.text")}</p>
                  <p class="actions">{([["seed", ""], ["worker", "?format=openai&pass=worker"], ["judge", "?format=openai&pass=judge"]] as const).map(([what, query]) => <a key={what} class="button" href={`/admin/cycles/${id}/export.jsonl${query}`} download={`${id}-${what}.jsonl`}>{t(`batch.io.${what}` as Key)}</a>)}</p>
                </Card>
              </div>
            </div>
          )}</Loaded>
        </CycleFrame>
      );
    }}</Loaded>
  );
}
