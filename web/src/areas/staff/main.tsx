/* The staff area. A page is a component in this folder, a row in src/routes.json, and a line below. */
import type { ComponentChildren } from "preact";
import common from "../../../i18n/common.en.json";
import words from "../../../i18n/staff.en.json";
import { t } from "../../core/i18n";
import { start } from "../../core/start";
import { Shell } from "../../ui/shell";
import { Applications } from "./applications";
import { Cycle } from "./cycle";
import { CycleEdit, CycleNew } from "./cycle-edit";
import { Dashboard } from "./dashboard";
import { HeldOne, HeldQueue } from "./held";
import { ReviewOne, ReviewQueue } from "./review";
import { Selection } from "./selection";
import { findMe, me, SignIn, SignInAgain, signOut } from "./session";

function Frame({ children }: { children: ComponentChildren }) {
  const who = me.value;
  return (
    <>
      <Shell wide area={t("staff.area")} nav={who ? [{ href: "/staff", label: t("staff.cycles") }] : []} account={who && (
        <div class="account">
          <bdi>{who.username}</bdi>
          <button type="button" class="button quiet" onClick={() => void signOut()}>{t("action.signout")}</button>
        </div>
      )}>{children}</Shell>
      <SignInAgain />
    </>
  );
}

await findMe().catch(() => undefined);
await start({ area: "staff", words: { ...common, ...words }, frame: Frame, pages: {
  signin: SignIn, dashboard: Dashboard, cycle: Cycle, cycleNew: CycleNew, cycleEdit: CycleEdit, applications: Applications, selection: Selection,
  reviewQueue: ReviewQueue, reviewOne: ReviewOne, heldQueue: HeldQueue, heldOne: HeldOne,
} });
