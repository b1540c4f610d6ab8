/* An interview in two browsers with made-up media, from the device check to the scorecard. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { App, Browser, checkAxe, checkFits, fillApplication, interview, signInStaff, signInStudent, watchSockets } from "./support.mjs";

const FAKE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];
const QUIET = /status of 40[1346]/;
let app, one, two, id;
before(async () => {
  app = await App.start();
  one = await Browser.start(FAKE);
  two = await Browser.start(FAKE);
  const cycle = await app.cycle({ max_seats: 1 });
  const page = await two.page({ allow: QUIET });
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
});

const look = async (page, where) => {
  for (const [scheme, width] of [["light", 1280], ["dark", 390]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    await checkAxe(page, `${where} ${scheme}`);
    await checkFits(page, `${where} ${width}`);
    if (process.env.SCREENSHOT_DIR) await page.screenshot({ path: `${process.env.SCREENSHOT_DIR}/room-${where.replace(/\W+/g, "-")}-${width}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
};
/* The server's word, put in: what the monitor hears is tested elsewhere. */
const push = (page, message) => page.evaluate((text) => window.sockets.findLast((s) => /interview\/\d+$/.test(s.url)).dispatchEvent(new MessageEvent("message", { data: text })),
  JSON.stringify({ v: 1, ...message }));
const plays = (page) => page.waitForFunction(() => { const v = document.querySelector(".stage > video"); return v && v.videoWidth > 0 && v.currentTime > 0; });

test("nobody else comes in", async () => {
  const page = await two.page({ allow: QUIET });
  await signInStudent(page, app, 5);
  await page.goto(`${app.url}/interview/${id}`);
  await page.waitForSelector(".empty");
  assert.match(await page.textContent(".empty"), /not open to you/);
  await look(page, "not open");
  await page.context().close();
});

test("a denied camera and microphone are told, with what to do", async () => {
  const page = await two.page({ allow: QUIET });
  await signInStudent(page, app);
  await page.addInitScript(() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError")); });
  await page.goto(`${app.url}/interview/${id}`);
  await page.waitForSelector(".notice.bad");
  assert.match(await page.textContent(".notice.bad"), /may not use your camera[^]*address bar/);
  assert.ok(await page.getByRole("button", { name: "Enter the room" }).isDisabled());
  await look(page, "denied");
  await page.context().close();
});

test("from the device check to the scorecard", async () => {
  const evaluator = await one.page({ allow: QUIET }), student = await two.page({ allow: QUIET });
  await signInStudent(student, app);
  await student.goto(`${app.url}/interview/${id}`);
  await student.waitForSelector(".own-view video");
  await look(student, "device check");
  await student.getByRole("button", { name: "Enter the room" }).click();
  await student.getByText("You are in the waiting room").waitFor();
  await look(student, "waiting room");

  await watchSockets(evaluator);
  await signInStaff(evaluator, app);
  await evaluator.goto(`${app.url}/interview/${id}`);
  await evaluator.getByRole("button", { name: "Enter the room" }).click();
  await evaluator.getByRole("button", { name: "State this and begin" }).click();
  await evaluator.waitForSelector(".summary:focus");
  await look(evaluator, "declaration");
  for (const box of await evaluator.getByRole("checkbox").all()) await box.check();
  await evaluator.getByRole("button", { name: "State this and begin" }).click();
  await plays(evaluator);
  await plays(student);
  await look(evaluator, "live, interviewer");
  await look(student, "live, student");
  assert.equal(await student.getByText("Nudges").count(), 0);
  assert.equal(await student.getByText("Monitoring").count(), 0);

  await evaluator.keyboard.press("m");
  await evaluator.getByRole("button", { name: /Unmute/ }).waitFor();
  await evaluator.keyboard.press("m");

  const said = [];
  await evaluator.evaluate(() => document.querySelector(".stage").setAttribute("tabindex", "-1"));
  await push(evaluator, { type: "nudge", id: 7, nudge_type: "info", severity: "low", message: "Ask about the work.", duration_ms: 600000, requires_ack: false });
  await push(evaluator, { type: "nudge", id: 8, nudge_type: "warning", severity: "high", message: "You asked where the student is from.", duration_ms: null, requires_ack: true });
  await push(evaluator, { type: "nudge", id: 8, nudge_type: "warning", severity: "high", message: "You asked where the student is from.", duration_ms: null, requires_ack: true });
  await evaluator.waitForSelector(".nudge.warning");
  assert.equal(await evaluator.locator(".nudge.warning").count(), 1);
  assert.equal(await evaluator.evaluate(() => document.activeElement.closest(".nudge")), null);
  await look(evaluator, "nudges");
  await evaluator.route("**/admin/bias/nudges/8/appeal", (route) => { said.push(route.request().postDataJSON()); return route.fulfill({ status: 200, contentType: "application/json", body: "{}" }); });
  await evaluator.keyboard.press("d");
  await evaluator.getByLabel("Why was it wrong?").fill("I asked about the station, not the person.");
  await look(evaluator, "objection");
  await evaluator.getByRole("button", { name: "Send the appeal" }).click();
  await evaluator.waitForSelector("dialog", { state: "detached" });
  assert.deepEqual(said, [{ reason: "I asked about the station, not the person." }]);
  await evaluator.getByRole("button", { name: "Understood" }).click();
  await evaluator.waitForSelector(".nudge.warning", { state: "detached" });
  assert.equal(await student.locator(".nudge").count(), 0);

  await student.reload();
  await student.getByRole("button", { name: "Enter the room" }).click();
  await plays(student);
  await plays(evaluator);

  await evaluator.getByRole("button", { name: "End the interview" }).click();
  await evaluator.getByRole("dialog").getByRole("button", { name: "End the interview" }).click();
  await student.getByText("The interview is over").waitFor();
  await look(student, "over");
  await evaluator.getByText("Communication").waitFor();
  await look(evaluator, "scorecard");
  for (const name of ["Communication", "Critical thinking", "Motivation"]) {
    const part = evaluator.getByRole("group", { name });
    await part.getByLabel("Mark").fill("7.5");
    await part.getByLabel("Evidence").fill("Explained the weather station step by step.");
  }
  await evaluator.waitForSelector(".saved.good");
  await evaluator.reload();
  assert.equal(await evaluator.getByRole("group", { name: "Motivation" }).getByLabel("Mark").inputValue(), "7.5");
  await evaluator.getByRole("button", { name: "Hand the marks in" }).click();
  await evaluator.getByText("Your marks are in").waitFor();
  const score = await app.admin("GET", `/admin/interviews/${id}/scores`);
  assert.equal(score.final_interview_score, 7.5);
  assert.deepEqual([...evaluator.complaints, ...student.complaints], []);
  await evaluator.context().close();
  await student.context().close();
});
