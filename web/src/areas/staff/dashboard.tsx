/* All cycles, newest first; a new one begins here. */
import { call } from "../../core/api";
import { t, tValue } from "../../core/i18n";
import { go } from "../../core/router";
import { Badge, Page } from "../../ui/parts";
import { Empty } from "../../ui/states";
import { DataTable } from "../../ui/table";
import { Time } from "../../ui/time";
import { may, requireMe } from "./session";

export function Dashboard() {
  if (!requireMe()) return null;
  const read = async (cursor: string) => {
    const page = await call("GET /admin/cycles", { query: { limit: 100, cursor } });
    return { rows: page.data, next: page.next, total: page.total };
  };
  const begin = may("cycles") && <a class="button primary" href="/staff/cycles/new">{t("staff.cycle.new")}</a>;
  return (
    <Page title={t("staff.cycles")} actions={begin}>
      <DataTable caption={t("staff.cycles")} rowKey={(c) => c.cycle_id} read={read} onOpen={(c) => void go(`/staff/cycles/${c.cycle_id}`)}
        empty={<Empty title={t("staff.cycles.none")} action={begin}><p>{t("staff.cycles.none.text")}</p></Empty>}
        columns={[
          { key: "name", label: t("staff.cycle"), cell: (c) => <a href={`/staff/cycles/${c.cycle_id}`}><bdi>{c.cycle_name}</bdi></a> },
          { key: "phase", label: t("staff.phase"), width: "12rem", cell: (c) => <Badge tone={c.is_open ? "good" : "plain"}>{tValue("value.phase", c.phase)}</Badge> },
          { key: "received", label: t("staff.received"), width: "8rem", numeric: true, cell: (c) => c.current_seats },
          { key: "seats", label: t("staff.seats"), width: "7rem", numeric: true, cell: (c) => c.max_seats },
          { key: "closes", label: t("staff.closes"), width: "13rem", cell: (c) => <Time at={c.end_date} /> },
        ]} />
    </Page>
  );
}
