/* Who would be chosen: the scores as a picture, the cut-off by drag, arrow keys or number, ties at
 * the line, and the step itself. The seats decide; the line shows what other seats would mean. */
import { useSignal } from "@preact/signals";
import type { CycleStatus, SelectionPreview } from "../../api/types";
import { api, call } from "../../core/api";
import { number, t } from "../../core/i18n";
import { asApiError, useLoad } from "../../core/load";
import { go } from "../../core/router";
import { say } from "../../core/say";
import type { PageProps } from "../../core/start";
import { Histogram, type Bin } from "../../ui/charts";
import { Confirm } from "../../ui/dialog";
import { Badge, Card, Facts } from "../../ui/parts";
import { Empty, Loaded, Notice } from "../../ui/states";
import { CycleFrame } from "./cycle-frame";
import { Publication } from "./publication";
import { may, requireMe } from "./session";

const ROWS_SHOWN = 40, BINS = 50, PAGE = 1000;

function binsOf(scores: number[], cut: number): Required<Bin>[] {
  const low = Math.floor(Math.min(...scores)), high = Math.max(low + 1, Math.ceil(Math.max(...scores) + 0.01));
  const width = Math.max(0.5, Math.ceil(((high - low) / BINS) * 2) / 2), n = Math.ceil((high - low) / width);
  const bins = Array.from({ length: n }, (_, i) => ({ from: low + i * width, to: low + (i + 1) * width, count: 0, within: 0 }));
  for (const score of scores) {
    const bin = bins[Math.min(n - 1, Math.floor((score - low) / width))];
    if (!bin) continue;
    bin.count++;
    if (score >= cut) bin.within++;
  }
  return bins;
}

/** The final scores of all applications, page by page; sorted, best first. */
async function allScores(cycleId: string): Promise<number[]> {
  const scores: number[] = [];
  let cursor = "";
  do {
    const page = await call("GET /admin/cycles/{cycle_id}/applications", { path: { cycle_id: cycleId }, query: { limit: PAGE, cursor } });
    for (const row of page.data) if (row.final_score != null) scores.push(row.final_score);
    cursor = page.next;
  } while (cursor);
  return scores.sort((a, b) => b - a);
}

function Ranking({ preview: p, cycleId }: { preview: SelectionPreview; cycleId: string }) {
  const rows = p.rows ?? [], edge = (p.selected_count ?? 0) + (p.shortlisted_count ?? 0), from = Math.max(0, edge - ROWS_SHOWN / 2);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t("select.ranking")}>
      <table>
        <caption class="hidden">{t("select.ranking")}</caption>
        <thead><tr><th scope="col" class="number">{t("select.rank")}</th><th scope="col">{t("staff.anonymous")}</th><th scope="col" class="number">{t("staff.score")}</th><th scope="col">{t("select.effect")}</th></tr></thead>
        <tbody>{rows.slice(from, from + ROWS_SHOWN).map((r) => (
          <tr key={r.anonymized_id} class={r.rank === edge + 1 ? "cut-row" : ""}>
            <td class="number">{r.rank}</td>
            <td><a href={`/staff/cycles/${cycleId}/applications/${r.anonymized_id}?sort=-total`}><code>{r.anonymized_id}</code></a></td>
            <td class="number">{number(r.final_score ?? 0, { minimumFractionDigits: 2 })}</td>
            <td>
              {r.selected ? <Badge tone="good">{t("select.in")}</Badge> : r.shortlisted ? <Badge>{t("select.invited")}</Badge> : <Badge tone="plain">{t("select.out")}</Badge>}
              {r.tied && <> <Badge tone="warn">{t("select.tied")}</Badge></>}
            </td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}

function Choose({ status: s, reload }: { status: CycleStatus; reload: () => void }) {
  const mode = useSignal<"direct" | "shortlist">("direct"), factor = useSignal(2), seats = useSignal(s.max_seats), asking = useSignal(false), failed = useSignal("");
  const scores = useLoad(() => allScores(s.cycle_id), [s.cycle_id]);
  const query = { mode: mode.value, seats: seats.value, ...(mode.value === "shortlist" ? { factor: factor.value } : {}) };
  const preview = useLoad(() => api("GET /admin/cycles/{cycle_id}/selection/preview", { path: { cycle_id: s.cycle_id }, query }), [s.cycle_id, mode.value, seats.value, factor.value]);
  const p = preview.state.value.data, list = scores.state.value.data ?? [];
  const run = async () => {
    failed.value = "";
    try {
      await api("POST /admin/cycles/{cycle_id}/select", { path: { cycle_id: s.cycle_id }, body: mode.value === "shortlist" ? { mode: "shortlist", factor: factor.value } : { mode: "direct" } });
      say(t("staff.next.done"));
      await go(`/staff/cycles/${s.cycle_id}`);
    } catch (error) {
      failed.value = asApiError(error).message;
      reload();
    }
    asking.value = false;
  };
  /* The line moves the seats that are tried: as many as have at least this score. */
  const moveLine = (value: number) => { seats.value = Math.max(1, list.filter((one) => one >= value).length); };
  const other = seats.value !== s.max_seats;
  return (
    <div class="columns">
      <div class="stack">
        <Card title={t("select.scores")}>
          <Loaded of={scores}>{() => list.length === 0 ? <Empty title={t("select.none")} /> : (
            <Histogram bins={binsOf(list, p?.cutoff_score ?? Infinity)} label={t("select.scores")} onCut={moveLine} step={0.5}
              {...(p?.cutoff_score != null ? { cut: p.cutoff_score } : {})}
              tie={p?.cutoff_score != null && (p.tied_at_cutoff ?? 0) > 1 ? { from: p.cutoff_score, to: p.cutoff_score } : undefined} />
          )}</Loaded>
          <div class="filters">
            <label for="seats">{t("select.try")}</label>
            <input id="seats" type="number" min={1} max={Math.max(1, list.length)} value={seats.value} onInput={(e) => { const n = Number(e.currentTarget.value); if (n >= 1) seats.value = Math.floor(n); }} />
            {other && <button type="button" class="button quiet" onClick={() => { seats.value = s.max_seats; }}>{t("select.reset", { n: s.max_seats })}</button>}
          </div>
        </Card>
        <Card title={t("select.ranking")}><Loaded of={preview}>{(one) => <Ranking preview={one} cycleId={s.cycle_id} />}</Loaded></Card>
      </div>
      <div class="stack">
        <Card title={t("select.effect")} tone="info">
          <Loaded of={preview}>{(one) => (
            <Facts items={[
              [t("select.in"), number(one.selected_count ?? 0)],
              ...(one.mode === "shortlist" ? [[t("select.invited"), number(one.shortlisted_count ?? 0)] as [string, string]] : []),
              [t("select.out"), number(one.not_selected_count ?? 0)],
              [t("select.cutoff"), one.cutoff_score == null ? "–" : number(one.cutoff_score, { minimumFractionDigits: 2 })],
              [t("select.ties"), number(one.tied_at_cutoff ?? 0)],
            ]} />
          )}</Loaded>
          {p && (p.tied_at_cutoff ?? 0) > 1 && <Notice tone="warn" title={t("select.tie", { n: p.tied_at_cutoff ?? 0 })}><p>{p.tie_rule}</p></Notice>}
        </Card>
        {s.phase !== "scored" && <Card title={t(s.phase === "selection" ? "publish.title" : "publish.done")}><Publication cycleId={s.cycle_id} version={s.phase} /></Card>}
        {s.phase === "scored" && may("cycles") && (
          <Card title={t("select.do")}>
            <fieldset class="choices">
              <legend>{t("select.mode")}</legend>
              {(["direct", "shortlist"] as const).map((one) => (
                <label key={one}><input type="radio" name="mode" checked={mode.value === one} onChange={() => { mode.value = one; }} /> <span>{t(`select.mode.${one}`)}<span class="hint">{t(`select.mode.${one}.text`)}</span></span></label>
              ))}
            </fieldset>
            {mode.value === "shortlist" && (
              <div class="field"><label for="factor">{t("select.factor")}</label>
                <input id="factor" type="number" min={1} max={10} value={factor.value} onInput={(e) => { const n = Math.floor(Number(e.currentTarget.value)); if (n >= 1 && n <= 10) factor.value = n; }} /></div>
            )}
            {other && <p class="quiet small">{t("select.seats", { n: s.max_seats })}</p>}
            {failed.value && <Notice tone="bad" live title={t("error.other")}><p>{failed.value}</p></Notice>}
            <div class="actions"><button type="button" class="button primary big" disabled={Boolean(s.blocked_by)} onClick={() => { seats.value = s.max_seats; asking.value = true; }}>{t("staff.verb.select")}</button></div>
            {s.blocked_by && <Notice tone="warn" title={t("staff.blocked")}><p>{s.blocked_by}</p></Notice>}
          </Card>
        )}
      </div>
      {asking.value && p && (
        <Confirm title={t("staff.verb.select")} yes={t("staff.verb.select")} onYes={run} onClose={() => { asking.value = false; }}>
          <p>{mode.value === "direct" ? t("select.confirm.direct", { n: p.selected_count ?? 0, out: p.not_selected_count ?? 0 }) : t("select.confirm.shortlist", { n: p.shortlisted_count ?? 0, out: p.not_selected_count ?? 0 })}</p>
        </Confirm>
      )}
    </div>
  );
}

export function Selection({ route }: PageProps) {
  const id = route.params["cycle_id"] ?? "";
  const status = useLoad(() => api("GET /admin/cycles/{cycle_id}/status", { path: { cycle_id: id } }), [id]);
  if (!requireMe()) return null;
  return (
    <Loaded of={status} lines={6}>{(s) => (
      <CycleFrame status={s} part="/selection">
        {["scored", "selection", "published", "completed"].includes(s.phase)
          ? <Choose status={s} reload={() => void status.reload()} />
          : <Empty title={t("select.later")}><p>{t("select.later.text")}</p></Empty>}
      </CycleFrame>
    )}</Loaded>
  );
}
