/* The staff area. A page is a component in this folder, a row in src/routes.json, and a line below. */
import type { ComponentChildren } from "preact";
import { fetchEnglish, t } from "../../core/i18n";
import { start } from "../../core/start";
import { Shell } from "../../ui/shell";
import { Account } from "./account";
import { CycleAppeals } from "./appeals";
import { Applications } from "./applications";
import { Audit } from "./audit";
import { BatchPage } from "./batch";
import { Cycle } from "./cycle";
import { CycleEdit, CycleNew } from "./cycle-edit";
import { Dashboard } from "./dashboard";
import { Evaluator } from "./evaluator";
import { FairnessPage } from "./fairness";
import { Gaps } from "./gaps";
import { HeldOne, HeldQueue } from "./held";
import { CycleInterviews, Interviews } from "./interviews";
import { FlagCase, Monitoring } from "./monitoring";
import { People } from "./people";
import { Reading } from "./reading";
import { ReviewOne, ReviewQueue } from "./review";
import { Selection } from "./selection";
import { findMe, may, me, SignIn, SignInAgain, signOut } from "./session";
import { Settings } from "./settings";

function navOf() {
  return [
    { href: "/staff", label: t("staff.cycles") },
    ...(may("cycles") ? [{ href: "/staff/interviews", label: t("staff.nav.interviews") }] : []),
    { href: "/staff/monitoring", label: t("staff.nav.bias") },
    { href: "/staff/audit", label: t("staff.nav.audit") },
    ...(may("people") ? [{ href: "/staff/users", label: t("staff.nav.people") }, { href: "/staff/settings", label: t("staff.nav.settings") }] : []),
  ];
}

function Frame({ children }: { children: ComponentChildren }) {
  const who = me.value;
  return (
    <>
      <Shell wide area={t("staff.area")} nav={who ? navOf() : []} account={who && (
        <div class="account">
          <a href="/staff/account"><bdi>{who.username}</bdi></a>
          <button type="button" class="button quiet" onClick={() => void signOut()}>{t("action.signout")}</button>
        </div>
      )}>{who && <Gaps />}{children}</Shell>
      <SignInAgain />
    </>
  );
}

/* The English words are a file as the others are: they would be a fifth of the script. */
const [words] = await Promise.all([fetchEnglish(), findMe().catch(() => undefined)]);
await start({ words, frame: Frame, pages: {
  signin: SignIn, dashboard: Dashboard, cycle: Cycle, cycleNew: CycleNew, cycleEdit: CycleEdit, applications: Applications, reading: Reading, batch: BatchPage, selection: Selection,
  reviewQueue: ReviewQueue, reviewOne: ReviewOne, heldQueue: HeldQueue, heldOne: HeldOne, fairness: FairnessPage, cycleAppeals: CycleAppeals, cycleInterviews: CycleInterviews,
  interviews: Interviews, audit: Audit, people: People, account: Account, monitoring: Monitoring, flagCase: FlagCase, evaluator: Evaluator, settings: Settings,
} });
