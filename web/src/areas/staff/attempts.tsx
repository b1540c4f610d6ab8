/* What the Worker marked and what the Judge answered, attempt by attempt. */
import type { ReadingAttempt } from "../../api/types";
import { number, t } from "../../core/i18n";
import { Badge } from "../../ui/parts";
import { Time } from "../../ui/time";
import { mark } from "./applications";

export function Attempts({ list }: { list: ReadingAttempt[] }) {
  return (
    <ol class="attempts">{list.map((a) => (
      <li key={a.attempt}>
        <p class="attempt-head">
          <b>{t("read.attempt", { n: a.attempt ?? 0 })}</b>
          {a.decision && <Badge tone={a.decision === "approved" ? "good" : "bad"}>{t(a.decision === "approved" ? "read.approved" : "read.rejected")}</Badge>}
          {a.bias_detected && <Badge tone="bad">{t("read.bias")}</Badge>}
          <span class="quiet small">{a.timestamp && <Time at={a.timestamp} />}</span>
        </p>
        <p class="number small">{t("staff.score")} {mark(a.total_score)} · {t("mark.academic")} {mark(a.academic_score)} · {t("mark.test")} {mark(a.test_score)} · {t("mark.achievements")} {mark(a.achievement_score)} · {t("mark.essay")} {mark(a.essay_score)}</p>
        <blockquote><p class="quiet small">{t("review.worker")} {a.model && <code>{a.model}</code>}</p><p dir="auto">{a.explanation}</p>{a.rubric_adherence && <p class="quiet small" dir="auto">{a.rubric_adherence}</p>}</blockquote>
        {a.feedback && <blockquote class="judge"><p class="quiet small">{t("review.judge")} {a.judge_model && <code>{a.judge_model}</code>} {a.quality != null && t("read.quality", { n: number(a.quality) })}</p><p dir="auto">{a.feedback}</p></blockquote>}
      </li>
    ))}</ol>
  );
}
