/* All cycles, newest first. */
import { call } from "../../core/api";
import { t, tValue } from "../../core/i18n";
import { Badge, Page } from "../../ui/parts";
import { Empty } from "../../ui/states";
import { DataTable } from "../../ui/table";
import { Time } from "../../ui/time";
import { requireMe } from "./session";

export function Dashboard() {
  if (!requireMe()) return null;
  const read = async (cursor: string) => {
    const page = await call("GET /admin/cycles", { query: { limit: 100, cursor } });
    return { rows: page.data, next: page.next, total: page.total };
  };
  return (
    <Page title={t("staff.cycles")}>
      <DataTable caption={t("staff.cycles")} rowKey={(c) => c.cycle_id} read={read}
        empty={<Empty title={t("staff.cycles.none")}><p>{t("staff.cycles.none.text")}</p></Empty>}
        columns={[
          { key: "name", label: t("staff.cycle"), cell: (c) => <bdi>{c.cycle_name}</bdi> },
          { key: "phase", label: t("staff.phase"), width: "12rem", cell: (c) => <Badge tone={c.is_open ? "good" : "plain"}>{tValue("value.phase", c.phase)}</Badge> },
          { key: "seats", label: t("staff.seats"), width: "7rem", numeric: true, cell: (c) => c.max_seats },
          { key: "closes", label: t("staff.closes"), width: "13rem", cell: (c) => <Time at={c.end_date} /> },
        ]} />
    </Page>
  );
}
