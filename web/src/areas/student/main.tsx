/* The student area: sign-in, application, status, result, own data. */
import type { ComponentChildren } from "preact";
import common from "../../../i18n/common.en.json";
import words from "../../../i18n/student.en.json";
import { t } from "../../core/i18n";
import { start } from "../../core/start";
import { Shell } from "../../ui/shell";
import { Apply } from "./apply";
import { Data } from "./data";
import { findMe, me, SignInAgain, signOut } from "./session";
import { SignIn } from "./signin";
import { Status } from "./status";

function Frame({ children }: { children: ComponentChildren }) {
  const who = me.value;
  const nav = who ? [...(who.application ? [] : [{ href: "/apply", label: t("nav.apply"), deep: true }]), { href: "/student", label: t("nav.status") }, { href: "/student/data", label: t("data.title") }] : [];
  return (
    <>
      <Shell nav={nav} account={who && (
        <div class="account">
          <bdi class="who">{who.display_name ?? who.primary_email}</bdi>
          <button type="button" class="button quiet" onClick={() => void signOut()}>{t("action.signout")}</button>
        </div>
      )}>{children}</Shell>
      <SignInAgain />
    </>
  );
}

await findMe().catch(() => undefined);
await start({ words: { ...common, ...words }, frame: Frame, pages: { signin: SignIn, demo: SignIn, apply: Apply, status: Status, data: Data } });
