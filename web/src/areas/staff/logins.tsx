/* Live logins, each with its end. */
import type { AdminLogin } from "../../api/types";
import { t } from "../../core/i18n";
import { Badge, Button } from "../../ui/parts";
import { fromNow, Time } from "../../ui/time";

const SHOWN = 5;

export function Logins({ list, onEnd }: { list: AdminLogin[]; onEnd: (sessionId: string) => unknown }) {
  if (list.length === 0) return <p class="quiet">{t("people.logins.none")}</p>;
  const row = (l: AdminLogin) => (
    <li key={l.session_id}>
      <span><Time at={l.created_at} /> <span class="quiet small">{l.ip_address} · {fromNow(l.last_active_at)}</span></span>
      <span class="quiet small clip">{l.user_agent}</span>
      {l.current ? <Badge tone="good">{t("account.this")}</Badge> : <Button tone="quiet" onClick={() => onEnd(l.session_id)}>{t("account.end")}</Button>}
    </li>
  );
  const first = list.slice(0, SHOWN), rest = list.slice(SHOWN);
  return (
    <>
      <ul class="plain-list">{first.map(row)}</ul>
      {rest.length > 0 && <details><summary>{t("people.logins.more", { n: rest.length })}</summary><ul class="plain-list">{rest.map(row)}</ul></details>}
    </>
  );
}
