/* What a publication tells, before it does: how many applicants read which words, and what holds it back. */
import type { ComponentChildren } from "preact";
import { api } from "../../core/api";
import { number, t, tValue } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { Badge, Facts } from "../../ui/parts";
import { Loaded, Notice } from "../../ui/states";
import { Time } from "../../ui/time";
import { mark, toneOf } from "./applications";

export function Publication({ cycleId, version }: { cycleId: string; version?: unknown }) {
  const what = useLoad(() => api("GET /admin/cycles/{cycle_id}/publication", { path: { cycle_id: cycleId } }), [cycleId, version]);
  return (
    <Loaded of={what}>{(p) => (
      <div class="stack tight publication">
        {p.fairness_blocker && <Notice tone="warn" title={`${t("publish.gate")}: ${t("publish.gate.shut")}`}><p>{p.fairness_blocker} <a href={`/staff/cycles/${cycleId}/fairness`}>{t("staff.part.fairness")}</a></p></Notice>}
        <ul class="plain-list">{(p.parts ?? []).map((part) => (
          <li key={part.status}>
            <span><b>{t("publish.applicants", { n: part.applicants ?? 0 })}</b> <Badge tone={toneOf(part.status ?? "")}>{tValue("value.status", part.status ?? "")}</Badge></span>
            <q lang="en" dir="ltr">{part.message}</q>
          </li>
        ))}</ul>
        <Facts items={[
          [t("select.cutoff"), mark(p.cutoff_score)],
          ...(((p.criteria as { tied_at_cutoff?: number } | null)?.tied_at_cutoff ?? 0) > 0 ? [[t("select.ties"), number((p.criteria as { tied_at_cutoff: number }).tied_at_cutoff)] as [string, string]] : []),
          [t("publish.gate"), p.fairness_blocker ? <Badge tone="warn">{t("publish.gate.shut")}</Badge> : <Badge tone="good">{t("publish.gate.open")}</Badge>],
          ...(p.decided_at ? [[t("publish.decided"), <Time at={p.decided_at} />] as [string, ComponentChildren]] : []),
        ]} />
        <p class="quiet small">{t("publish.with", { n: p.appeal_days ?? 0 })}</p>
      </div>
    )}</Loaded>
  );
}
