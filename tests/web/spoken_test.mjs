/* An interview in two browsers that are spoken to: from the device check to the verdict. The microphones
 * are WAV files of flite, the words come from the offline recogniser, the judgement from an endpoint. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { App, bin, Browser, checkAxe, fillApplication, interview, Models, signInStaff, signInStudent, voice } from "./support.mjs";

const QUIET = /status of 40[1346]/;
const NEUTRAL = "Tell me about your project.", BIASED = "Do you plan to have children?", ANSWER = "We measured the rain in our village.";
const PAUSE_S = 4;
const JUDGEMENT = { when: "children", bias_detected: true, bias_types: ["gender"], severity: "critical", confidence_score: 0.7,
  evidence_quotes: ["{utterance}"], context_summary: "A question about family plans.", recommended_action: "warn" };
/* Nothing ends or is dropped because the machine is slow, and what is heard again is the same incident. */
const PATIENT = { STT_PROVIDER: "embedded", STT_PROGRAM: join(dirname(bin), "enigma-stt"), STT_TIMEOUT_MS: "60000", LLM_TIMEOUT_SECONDS: "60",
  BIAS_TIMEOUT_SECONDS: "60", BIAS_LATE_SECONDS: "86400", BIAS_DEDUPE_SECONDS: "600", ROOM_GAP_SECONDS: "3600", WEBSOCKET_DEAD_MS: "600000" };
const media = (file, sentences) => ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", voice(file, sentences, PAUSE_S)];
let app, models, one, two, dir, id;
before(async () => {
  dir = mkdtempSync(join(tmpdir(), "enigma-voices-"));
  models = await Models.start();
  await models.control({ monitor: JUDGEMENT });
  app = await App.start({ ...models.env, ...PATIENT });
  one = await Browser.start(media(join(dir, "evaluator.wav"), [NEUTRAL, BIASED]));
  two = await Browser.start(media(join(dir, "student.wav"), [ANSWER]));
  await app.staff("zoe", "super_admin");
  const cycle = await app.cycle({ max_seats: 1 }), page = await two.page({ allow: QUIET });
  await signInStudent(page, app);
  await fillApplication(page, app);
  await page.getByLabel("I have read it").check();
  await page.getByRole("button", { name: "Hand the application in" }).click();
  await page.waitForURL("**/student?done=1");
  await page.context().close();
  id = await interview(app, cycle.cycle_id);
});
after(async () => {
  await one?.stop();
  await two?.stop();
  await app?.stop();
  models?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const button = (page, name) => page.getByRole("button", { name });
const said = (page, speaker, words) => page.locator(".captions p").filter({ hasText: speaker }).filter({ hasText: words }).first().waitFor();
const plays = (page) => page.waitForFunction(() => { const v = document.querySelector(".stage > video"); return v && v.videoWidth > 0 && v.currentTime > 0; });
const picture = (page, name) => process.env.SCREENSHOT_DIR && page.screenshot({ path: join(process.env.SCREENSHOT_DIR, `spoken-${name}.png`), fullPage: true });
const hears = (page) => page.getByText("Captions: connected").waitFor();
let evaluator, student;

test("device check, declaration, and both hear each other", async () => {
  evaluator = await one.page({ allow: QUIET });
  student = await two.page({ allow: QUIET });
  await signInStudent(student, app);
  await student.goto(`${app.url}/interview/${id}`);
  await button(student, "Enter the room").click();
  await student.getByText("You are in the waiting room").waitFor();
  await signInStaff(evaluator, app);
  await evaluator.goto(`${app.url}/interview/${id}`);
  await button(evaluator, "Enter the room").click();
  for (const box of await evaluator.getByRole("checkbox").all()) await box.check();
  await button(evaluator, "State this and begin").click();
  await plays(evaluator);
  await plays(student);
  await hears(evaluator);
  await evaluator.getByRole("button", { name: /^Captions/ }).focus();
});

test("what is spoken is read by both, and a biased question warns its speaker alone", async () => {
  await said(evaluator, "You", "about your project");
  await said(student, "Interviewer", "about your project");
  await said(evaluator, "Student", "rain");
  const warning = evaluator.locator(".top-nudges[role=alert] .nudge.warning");
  await warning.waitFor();
  assert.equal(await evaluator.evaluate(() => document.activeElement.closest("[role=toolbar]") !== null), true, "the focus stays where it was");
  await evaluator.keyboard.press("m");
  await button(evaluator, /Unmute/).waitFor();
  assert.match(await warning.locator("q").textContent(), /plan to have children/);
  assert.match(await warning.textContent(), /gender or family/);
  await said(evaluator, "You", "plan to have children");
  await said(student, "Interviewer", "plan to have children");
  assert.equal(await warning.count(), 1);
  await checkAxe(evaluator, "warning");
  await picture(evaluator, "warning-interviewer");
  await picture(student, "warning-student");
  const seen = (await student.locator("body").innerText()).replaceAll(/plan to have children/gi, "");
  assert.doesNotMatch(seen, /nudge|warning|bias|strike|monitor/i);
  assert.equal(await student.locator(".nudge, [role=alert]").count(), 0);
  const { utterances } = await models.control();
  assert.ok(utterances >= 2, "the evaluator's sentences were judged");
});

test("I disagree: an appeal with a reason, without leaving the room", async () => {
  await evaluator.keyboard.press("d");
  await evaluator.getByRole("dialog").getByLabel("Why was it wrong?").fill("The student had told of a nursery that they want to open.");
  await button(evaluator, "Send the appeal").click();
  await evaluator.getByRole("dialog").waitFor({ state: "detached" });
  await button(evaluator, "Understood").click();
  await evaluator.locator(".nudge.warning").waitFor({ state: "detached" });
  await plays(student);
});

test("a second member of staff decides the flag and the appeal", async () => {
  const page = await one.page({ allow: /status of 40[13]/ });
  await signInStaff(page, app, "zoe");
  await page.goto(`${app.url}/staff/monitoring`);
  await page.locator("table.data tbody tr").first().click();
  await page.waitForURL("**/staff/monitoring/flags/*");
  await page.locator(".incident blockquote", { hasText: "plan to have children" }).first().waitFor();
  await checkAxe(page, "flag");
  await picture(page, "flag");
  await page.getByRole("radio", { name: /False alarm/ }).check();
  await page.getByLabel("Reason").fill("The question followed from what the student had said.");
  await button(page, "Decide").click();
  await page.locator(".notice.good").waitFor();
  await page.goto(`${app.url}/staff/monitoring?tab=appeals`);
  await page.getByText("a nursery that they want to open").waitFor();
  await picture(page, "appeal");
  await page.getByRole("radio").first().check();
  await page.getByLabel("Reason").fill("As decided with the flag.");
  await button(page, "Decide").click();
  await page.locator("[role=tabpanel] .empty").waitFor();
  const [flag] = await app.admin("GET", "/admin/bias/flags?reviewed=true");
  assert.equal(flag.verdict, "false_alarm");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the end, and the scorecard", async () => {
  await button(evaluator, "End the interview").click();
  await evaluator.getByRole("dialog").getByRole("button", { name: "End the interview" }).click();
  await student.getByText("The interview is over").waitFor();
  for (const name of ["Communication", "Critical thinking", "Motivation"]) {
    const part = evaluator.getByRole("group", { name });
    await part.getByLabel("Mark").fill("8");
    await part.getByLabel("Evidence").fill("Explained how the rain was measured, and what went wrong.");
  }
  await evaluator.waitForSelector(".saved.good");
  await button(evaluator, "Hand the marks in").click();
  await evaluator.getByText("Your marks are in").waitFor();
  assert.equal((await app.admin("GET", `/admin/interviews/${id}/scores`)).final_interview_score, 8);
  assert.equal((await app.admin("GET", "/admin/audit/verify-chain")).is_valid, true);
  assert.deepEqual([...evaluator.complaints, ...student.complaints], []);
});
