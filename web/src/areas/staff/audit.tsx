/* The log: filtered, entry by entry, and checked whole at the press of a button. */
import { useSignal } from "@preact/signals";
import type { AuditRow, VerifyReport } from "../../api/types";
import { api, call } from "../../core/api";
import { number, t, tValue } from "../../core/i18n";
import { asApiError } from "../../core/load";
import { setQuery } from "../../core/router";
import type { PageProps } from "../../core/start";
import { Dialog } from "../../ui/dialog";
import { Button, Card, Facts, Page } from "../../ui/parts";
import { ErrorBox, Notice } from "../../ui/states";
import { DataTable } from "../../ui/table";
import { Time } from "../../ui/time";
import type { ApiError } from "../../core/api";
import { requireMe } from "./session";

function Verify() {
  const report = useSignal<VerifyReport | null>(null), failed = useSignal<ApiError | null>(null);
  const run = async () => {
    failed.value = null;
    try {
      report.value = await api("GET /admin/audit/verify-chain");
    } catch (error) {
      failed.value = asApiError(error);
    }
  };
  const r = report.value;
  return (
    <Card title={t("audit.verify")} actions={<Button tone="primary" onClick={run}>{t("audit.verify.run")}</Button>}>
      <p class="quiet">{t("audit.verify.text")}</p>
      {failed.value && <ErrorBox error={failed.value} retry={() => void run()} />}
      {r && (
        <>
          <Notice tone={r.is_valid ? "good" : "bad"} live title={r.is_valid ? t("audit.valid", { n: r.chain_length }) : t("audit.invalid")}><p>{r.message}</p></Notice>
          <Facts items={[
            ...(Object.entries(r.checks) as [string, string][]).map(([name, state]) => [tValue("audit.check", name), tValue("audit.state", state)] as [string, string]),
            [t("audit.took"), t("audit.ms", { n: r.duration_ms })],
          ]} />
          <p class="small">{t("audit.root")} <code class="hash">{r.root_hash}</code></p>
          {r.invalid_entries.length > 0 && (
            <div class="scroll" tabIndex={0} role="region" aria-label={t("audit.findings")}>
              <table><caption class="hidden">{t("audit.findings")}</caption>
                <thead><tr><th scope="col" class="number">{t("audit.entry")}</th><th scope="col">{t("audit.code")}</th><th scope="col">{t("audit.detail")}</th></tr></thead>
                <tbody>{r.invalid_entries.map((f, i) => <tr key={i}><td class="number">{f.index}</td><td><code>{f.code}</code></td><td>{f.detail}</td></tr>)}</tbody></table>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

/* The log's own word: the mapped `action` calls a freeze and a completion alike an update. */
const actOf = (row: AuditRow) => (row.metadata as { act?: string } | null)?.act ?? row.action;

function Entry({ row, onClose }: { row: AuditRow; onClose: () => void }) {
  return (
    <Dialog title={`${t("audit.entry")} ${number(row.log_id)}`} onClose={onClose} wide>
      <Facts items={[
        [t("audit.when"), <Time at={row.timestamp} both />], [t("audit.act"), <code>{actOf(row)}</code>], [t("audit.actor"), <code>{row.actor}</code>],
        [t("audit.about"), row.entity_id ? <code>{row.entity_type} {row.entity_id}</code> : "–"],
      ]} />
      <h3>{t("audit.data")}</h3>
      <pre class="json" tabIndex={0}>{JSON.stringify(row.details ?? {}, null, 2)}</pre>
      <p class="small">{t("audit.before")} <code class="hash">{row.previous_hash ?? "–"}</code></p>
      <p class="small">{t("audit.hash")} <code class="hash">{row.current_hash ?? "–"}</code></p>
    </Dialog>
  );
}

export function Audit({ route }: PageProps) {
  const open = useSignal<AuditRow | null>(null);
  if (!requireMe()) return null;
  const q = (name: string) => route.query.get(name) ?? "";
  const filters = { action: q("action"), actor: q("actor"), entity_id: q("entity_id") };
  const read = async (cursor: string) => {
    const page = await call("GET /admin/audit/logs", { query: { limit: 200, cursor, ...filters } });
    return { rows: page.data, next: page.next, total: page.total };
  };
  return (
    <Page title={t("audit.title")} lead={t("audit.lead")}>
      <Verify />
      <form class="filters" onSubmit={(e) => e.preventDefault()} role="search">
        {(["action", "actor", "entity_id"] as const).map((name) => (
          <label key={name} class="inline">{t(`audit.filter.${name}`)} <input value={filters[name]} onChange={(e) => setQuery({ [name]: e.currentTarget.value.trim() || undefined })} /></label>
        ))}
      </form>
      <DataTable caption={t("audit.title")} read={read} deps={Object.values(filters)} rowKey={(r) => String(r.log_id)} onOpen={(r) => { open.value = r; }}
        columns={[
          { key: "id", label: t("audit.entry"), width: "7rem", numeric: true, cell: (r) => number(r.log_id) },
          { key: "at", label: t("audit.when"), width: "13rem", cell: (r) => <Time at={r.timestamp} /> },
          { key: "act", label: t("audit.act"), width: "13rem", cell: (r) => <code>{actOf(r)}</code> },
          { key: "actor", label: t("audit.actor"), cell: (r) => <code>{r.actor}</code> },
          { key: "about", label: t("audit.about"), cell: (r) => <code>{r.entity_id ?? "–"}</code> },
        ]} />
      {open.value && <Entry row={open.value} onClose={() => { open.value = null; }} />}
    </Page>
  );
}
