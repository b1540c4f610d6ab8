/* The sign-in page; afterwards to where one wanted to go. */
import { t } from "../../core/i18n";
import { go } from "../../core/router";
import type { PageProps } from "../../core/start";
import { Page } from "../../ui/parts";
import { SignInWays } from "./session";

export function SignIn({ route }: PageProps) {
  const next = route.query.get("next") ?? "/student";
  const safe = next.startsWith("/") && !next.startsWith("//") ? next : "/student";
  return (
    <Page title={t("signin.title")} lead={t("signin.lead")} narrow>
      <SignInWays sameTab onDone={() => void go(safe)} />
    </Page>
  );
}
