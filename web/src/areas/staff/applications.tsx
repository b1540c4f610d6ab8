/* The anonymous applications of a cycle: by status, any number of them. */
import { api, call } from "../../core/api";
import { number, t, tValue } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { setQuery } from "../../core/router";
import type { PageProps } from "../../core/start";
import type { ApplicationRow } from "../../api/types";
import { Badge } from "../../ui/parts";
import { Empty, Loaded } from "../../ui/states";
import { DataTable } from "../../ui/table";
import { CycleFrame } from "./cycle-frame";
import { requireMe } from "./session";

const statuses = ["submitted", "finalized", "batch_ready", "processing", "scored", "shortlisted", "selected", "not_selected", "failed", "withdrawn"] as const;
type Status = (typeof statuses)[number];
export const toneOf = (status: string) => (status === "selected" ? "good" : status === "failed" ? "bad" : status === "shortlisted" ? "info" : "plain");

export function Applications({ route }: PageProps) {
  const id = route.params["cycle_id"] ?? "", status = route.query.get("status") ?? "";
  const cycle = useLoad(() => api("GET /admin/cycles/{cycle_id}/status", { path: { cycle_id: id } }), [id]);
  if (!requireMe()) return null;
  const read = async (cursor: string) => {
    const page = await call("GET /admin/cycles/{cycle_id}/applications", { path: { cycle_id: id }, query: { limit: 200, cursor, status: (status || undefined) as Status | undefined } });
    return { rows: page.data, next: page.next, total: page.total };
  };
  return (
    <Loaded of={cycle}>{(s) => (
      <CycleFrame status={s} part="/applications">
        <div class="filters">
          <label for="status">{t("staff.status")}</label>
          <select id="status" onChange={(e) => setQuery({ status: e.currentTarget.value || undefined })}>
            <option value="">{t("staff.status.all")}</option>
            {statuses.map((one) => <option key={one} value={one} selected={one === status}>{tValue("value.status", one)}</option>)}
          </select>
        </div>
        <DataTable caption={t("staff.part.applications")} read={read} deps={[id, status]} rowKey={(a: ApplicationRow) => a.anonymized_id ?? ""}
          empty={<Empty title={t("staff.applications.none")}><p>{t("staff.applications.none.text")}</p></Empty>}
          columns={[
            { key: "id", label: t("staff.anonymous"), cell: (a) => a.anonymized_id ? <code>{a.anonymized_id}</code> : <span class="quiet">{t("staff.anonymous.later")}</span> },
            { key: "status", label: t("staff.status"), width: "12rem", cell: (a) => <Badge tone={toneOf(a.status)}>{tValue("value.status", a.status)}</Badge> },
            { key: "score", label: t("staff.score"), width: "8rem", numeric: true, cell: (a) => a.final_score == null ? "–" : number(a.final_score, { minimumFractionDigits: 2 }) },
            { key: "redactions", label: t("staff.redactions"), width: "10rem", numeric: true, cell: (a) => a.redactions ?? "–" },
          ]} />
      </CycleFrame>
    )}</Loaded>
  );
}

