/* Where one's applications stand. */
import { api } from "../../core/api";
import { t, tValue } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { Badge, Card, Facts, Page } from "../../ui/parts";
import { Empty, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";
import { requireMe } from "./session";

export function Status() {
  const who = requireMe();
  const own = useLoad(() => api("GET /auth/student/applications"), [who?.student_id]);
  return (
    <Page title={t("status.title")}>
      <Loaded of={own}>{(list) => list.applications.length === 0
        ? <Empty title={t("status.none")}><p>{t("status.none.text")}</p></Empty>
        : list.applications.map((a) => (
          <Card key={a.application_id} title={a.cycle.cycle_name} actions={<Badge>{tValue("value.status", a.status)}</Badge>}>
            <Facts items={[[t("status.submitted"), <Time at={a.submitted_at} both />]]} />
          </Card>
        ))}</Loaded>
    </Page>
  );
}
