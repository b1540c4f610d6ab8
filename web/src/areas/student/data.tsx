/* One's own data: a copy of all of it, and its erasure. */
import { useSignal } from "@preact/signals";
import { api } from "../../core/api";
import { t } from "../../core/i18n";
import { asApiError } from "../../core/load";
import { say } from "../../core/say";
import { Confirm } from "../../ui/dialog";
import { DOWNLOAD, Icon } from "../../ui/icons";
import { Button, Card, Page } from "../../ui/parts";
import { Notice } from "../../ui/states";
import { forget } from "./draft";
import { me, requireMe } from "./session";

async function download(): Promise<void> {
  try {
    const data = await api("GET /student/export");
    const url = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = "my-data.json";
    link.click();
    URL.revokeObjectURL(url);
  } catch (error) {
    say(asApiError(error).message, "bad");
  }
}

export function Data() {
  const who = requireMe(), open = useSignal(false), answer = useSignal<{ state: string; message: string } | null>(null);
  const erase = async () => {
    try {
      answer.value = await api("POST /student/erasure", { body: { confirm: true } });
      if (answer.value.state === "erased") { forget(); me.value = null; }
    } catch (error) {
      say(asApiError(error).message, "bad");
    }
    open.value = false;
  };
  const takeBack = async () => {
    try {
      answer.value = await api("DELETE /student/erasure");
    } catch (error) {
      say(asApiError(error).message, "bad");
    }
  };
  if (answer.value?.state === "erased")
    return <Page title={t("data.erased")} narrow><p>{answer.value.message}</p><p><a class="button" href="/">{t("notfound.home")}</a></p></Page>;
  if (!who) return null;
  return (
    <Page title={t("data.title")} lead={t("data.lead")} narrow>
      {answer.value && (
        <Notice tone={answer.value.state === "scheduled" ? "warn" : "good"} live title={answer.value.message}
          actions={answer.value.state === "scheduled" && <Button onClick={takeBack}>{t("data.takeback")}</Button>} />
      )}
      <Card title={t("data.copy")}><p>{t("data.copy.text")}</p><div class="actions"><Button onClick={download}><Icon d={DOWNLOAD} /> {t("data.copy.go")}</Button></div></Card>
      <Card title={t("data.erase")} tone="bad"><p>{t("data.erase.text")}</p><div class="actions"><Button tone="danger" onClick={() => { open.value = true; }}>{t("data.erase.go")}</Button></div></Card>
      {open.value && (
        <Confirm title={t("data.erase.title")} yes={t("data.erase.go")} dangerous typed={who.primary_email} onYes={erase} onClose={() => { open.value = false; }}>
          <p>{t("data.erase.warn")}</p>
        </Confirm>
      )}
    </Page>
  );
}
