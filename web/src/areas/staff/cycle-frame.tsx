/* What every page of one cycle shares: its name, its phase and the way to its other pages. */
import type { ComponentChildren } from "preact";
import type { CycleStatus } from "../../api/types";
import { t, tValue, type Key } from "../../core/i18n";
import { Badge, Page } from "../../ui/parts";
import { may } from "./session";

const parts: [string, Key][] = [
  ["", "staff.part.overview"],
  ["/applications", "staff.part.applications"],
  ["/held", "staff.part.held"],
  ["/batch", "staff.part.batch"],
  ["/review", "staff.part.review"],
  ["/fairness", "staff.part.fairness"],
  ["/selection", "staff.part.selection"],
  ["/interviews", "staff.part.interviews"],
  ["/appeals", "staff.part.appeals"],
];

export function CycleFrame(p: { status: Pick<CycleStatus, "cycle_id" | "cycle_name" | "phase">; part: string; actions?: ComponentChildren; children: ComponentChildren }) {
  const base = `/staff/cycles/${p.status.cycle_id}`;
  return (
    <Page title={p.status.cycle_name} lead={<Badge tone="plain">{tValue("value.phase", p.status.phase)}</Badge>} actions={p.actions}>
      <nav class="subnav" aria-label={t("staff.cycle")}>
        <ul>{parts.filter(([path]) => path !== "/held" || may("cycles")).map(([path, label]) => (
          <li key={path}><a href={base + path} aria-current={path === p.part ? "page" : undefined}>{t(label)}</a></li>
        ))}</ul>
      </nav>
      {p.children}
    </Page>
  );
}
