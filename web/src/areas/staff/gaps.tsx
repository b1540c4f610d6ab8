/* Interviews that go on while nobody listens to the interviewer: told on every page, while it lasts. */
import type { OpenMonitoringGap } from "../../api/types";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../../core/api";
import { t } from "../../core/i18n";
import { Notice } from "../../ui/states";
import { Time } from "../../ui/time";
import { me } from "./session";

const LOOK_MS = 5000;
/* Away from the monitoring page, a page that nobody uses does not keep its login alive. */
const UNUSED_MS = 600000;

export function Gaps() {
  const open = useSignal<OpenMonitoringGap[]>([]);
  const reader = ["super_admin", "auditor"].includes(me.value?.role ?? "");
  useEffect(() => {
    if (!reader) return undefined;
    let used = Date.now();
    const look = async () => {
      if (document.hidden || (Date.now() - used > UNUSED_MS && !location.pathname.startsWith("/staff/monitoring"))) return;
      try {
        open.value = await api("GET /admin/bias/gaps/open");
      } catch {
        /* the page's own calls say what is wrong; the next look tells again */
      }
    };
    const use = () => { used = Date.now(); };
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, use);
    return () => {
      clearInterval(timer);
      for (const kind of ["pointerdown", "keydown"]) removeEventListener(kind, use);
    };
  }, [reader]);
  if (!reader || open.value.length === 0) return null;
  return (
    <Notice tone="warn" live title={t("watch.gap", { n: open.value.length })}>
      {open.value.map((g) => <p key={g.interview_id}>{t("watch.gap.since", { interview: g.interview_id ?? 0, who: g.admin_id ?? "" })} <Time at={g.began_at ?? ""} how="time" /></p>)}
    </Notice>
  );
}
