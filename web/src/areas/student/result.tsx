/* The result after publication: four bars, the reasons, and the way to an appeal. */
import { number, t, tValue } from "../../core/i18n";
import type { Result } from "../../api/types";
import { Bars } from "../../ui/charts";
import { Badge, Card, Facts } from "../../ui/parts";

export function ResultCard({ result }: { result: Result }) {
  const taken = result.status === "selected";
  const list = (title: string, items: string[]) => items.length > 0 && <section><h3>{title}</h3><ul>{items.map((s) => <li key={s}>{s}</li>)}</ul></section>;
  return (
    <Card title={t("result.title")} tone={taken ? "good" : "info"} actions={<Badge tone={taken ? "good" : "plain"}>{tValue("value.status", result.status)}</Badge>}>
      <div class="result">
        <p class="result-words">{t(taken ? "result.selected" : result.status === "not_selected" ? "result.not_selected" : "result.other")}</p>
        <p class="score"><span class="score-number number">{number(result.final_score, { minimumFractionDigits: 2 })}</span><span class="quiet">{t("result.of100")}</span></p>
        <Bars items={[
          { label: t("result.academic"), value: result.academic_score }, { label: t("result.test"), value: result.test_score },
          { label: t("result.essay"), value: result.essay_score }, { label: t("result.achievement"), value: result.achievement_score },
        ]} />
        <section><h3>{t("result.why")}</h3><p class="review-text" dir="auto">{result.explanation}</p></section>
        <div class="columns even">{list(t("result.strengths"), result.strengths)}{list(t("result.more"), result.areas_for_improvement)}</div>
        <details class="twin"><summary>{t("result.proof")}</summary>
          <p>{t("result.proof.text")}</p>
          <Facts items={[[t("result.anonymous"), <code>{result.anonymized_id}</code>], [t("result.hash"), <code>{result.hash}</code>], [t("result.evaluator"), result.evaluator]]} />
        </details>
        <div class="actions"><button type="button" class="button" onClick={() => print()}>{t("action.print")}</button></div>
      </div>
    </Card>
  );
}
