/* What goes wrong around an interview: media that are refused or missing, a second tab, a lost connection,
 * another network, a server that was killed, a monitor that hears nothing. Each has its words, and goes on. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { App, Browser, checkAxe, fillApplication, interview, signInStaff, signInStudent, watchSockets } from "./support.mjs";

const FAKE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];
const QUIET = /status of|WebSocket|ERR_/;
let app, one, two, id, evaluator, student;
before(async () => {
  app = await App.start({ ROOM_GAP_SECONDS: "1", BIAS_GAP_SECONDS: "5" });
  one = await Browser.start(FAKE);
  two = await Browser.start(FAKE);
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
});

const button = (page, name) => page.getByRole("button", { name });
const open = async (browser, signIn) => {
  const page = await browser.page({ allow: QUIET });
  await watchSockets(page);
  await signIn(page, app);
  await page.goto(`${app.url}/interview/${id}`);
  return page;
};
const enter = (page) => button(page, "Enter the room").click();
/* Frames of the other side come now, not only once. */
const plays = async (page) => {
  const frames = () => page.evaluate(() => document.querySelector(".stage > video")?.getVideoPlaybackQuality().totalVideoFrames ?? 0);
  await page.waitForFunction(() => document.querySelector(".stage > video")?.videoWidth > 0);
  const before = await frames();
  await page.waitForFunction((n) => (document.querySelector(".stage > video")?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > n, before);
};
const both = () => Promise.all([plays(evaluator), plays(student)]);
const round = (page) => page.evaluate(() => ({ made: window.connections.length, ufrag: /a=ice-ufrag:(\S+)/.exec(window.connections.at(-1)?.localDescription?.sdp ?? "")?.[1] }));
const connected = (page) => page.getByText("Server: connected").waitFor();

for (const [name, error, title, advice] of [
  ["no microphone", "NotFoundError", /No microphone was found/, /Plug one in/],
  ["a camera that another program holds", "NotReadableError", /in use/, /Close other programs/],
])
  test(`${name}: what happened and what to do; it works after another try`, async () => {
    const page = await two.page({ allow: QUIET });
    await signInStudent(page, app);
    await page.addInitScript((kind) => {
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = (...a) => (window.mended ? ask(...a) : Promise.reject(new DOMException("no", kind)));
    }, error);
    await page.goto(`${app.url}/interview/${id}`);
    await page.getByRole("alert").waitFor();
    assert.match(await page.getByRole("alert").textContent(), title);
    assert.match(await page.getByRole("alert").textContent(), advice);
    await checkAxe(page, name);
    await page.evaluate(() => { window.mended = true; });
    await button(page, "Try again").click();
    await page.waitForSelector(".own-view video");
    assert.equal(await button(page, "Enter the room").isEnabled(), true);
    await page.context().close();
  });

test("no camera: one goes on with sound alone, and is told", async () => {
  const page = await two.page({ allow: QUIET });
  await signInStudent(page, app);
  await page.addInitScript(() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (want) => (want.video ? Promise.reject(new DOMException("no", "NotFoundError")) : ask(want));
  });
  await page.goto(`${app.url}/interview/${id}`);
  await page.getByText("You can go on with sound alone").waitFor();
  await checkAxe(page, "no camera");
  await enter(page);
  await page.getByText("You are in the waiting room").waitFor();
  assert.equal(await button(page, /Camera/).isDisabled(), true);
  await page.context().close();
});

test("a second tab takes the place of the first, which says so", async () => {
  const first = await open(two, signInStudent);
  await enter(first);
  await first.getByText("You are in the waiting room").waitFor();
  const second = await first.context().newPage();
  await second.goto(`${app.url}/interview/${id}`);
  await enter(second);
  await second.getByText("You are in the waiting room").waitFor();
  await first.getByText("You have entered from another tab").waitFor();
  await checkAxe(first, "second tab");
  await first.context().close();
});

test("both may reload the page, and the call is there again", async () => {
  student = await open(two, signInStudent);
  await enter(student);
  evaluator = await open(one, signInStaff);
  await enter(evaluator);
  for (const box of await evaluator.getByRole("checkbox").all()) await box.check();
  await button(evaluator, "State this and begin").click();
  await both();
  for (const page of [evaluator, student, evaluator]) {
    await page.reload();
    await enter(page);
    await both();
  }
});

test("a lost connection to the server is told and found again; the call goes on over it", async () => {
  for (const page of [student, evaluator]) {
    const before = await round(page);
    await page.evaluate(() => { for (const s of window.sockets) s.close(4000); });
    await page.getByText("Server: reconnecting").waitFor();
    await both();
    await connected(page);
    await both();
    assert.equal((await round(page)).made, before.made, "the same connection");
  }
});

test("another network: a new ICE round in the same connection", async () => {
  for (const page of [student, evaluator]) {
    const before = await round(page);
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.waitForFunction((old) => !window.connections.at(-1).localDescription.sdp.includes(`a=ice-ufrag:${old}`) && window.connections.at(-1).connectionState === "connected", before.ufrag);
    await both();
    assert.equal((await round(page)).made, before.made);
  }
});

test("two new ICE rounds that meet end in one call", async () => {
  await Promise.all([student, evaluator].map((page) => page.evaluate(() => dispatchEvent(new Event("online")))));
  await both();
});

test("monitoring that hears nothing shows its gap, in the room to the interviewer alone, and on the pages of super administrators; and its end", async () => {
  await evaluator.getByText(/Monitoring: (on|basic)/).waitFor();
  const desk = await evaluator.context().newPage(), told = desk.getByText("An interview goes on without monitoring");
  await desk.goto(`${app.url}/staff/monitoring`);
  await desk.getByRole("heading", { name: "Live monitoring", level: 1 }).waitFor();
  await evaluator.evaluate(() => { window.deaf = true; for (const s of window.sockets) if (/audio/.test(s.url)) s.close(4000); });
  await evaluator.getByText("Monitoring is interrupted").waitFor();
  await evaluator.getByText("Monitoring: interrupted").waitFor();
  await checkAxe(evaluator, "gap");
  assert.equal(await student.getByText(/onitoring/).count(), 0);
  await told.waitFor();
  assert.match(await desk.locator(".notice", { has: told }).textContent(), new RegExp(`Interview ${id}, ADM_\\w+: nobody has listened since`));
  await checkAxe(desk, "gap told");
  await evaluator.evaluate(() => { window.deaf = false; });
  await evaluator.getByText("Monitoring is interrupted").waitFor({ state: "detached" });
  await evaluator.getByText(/Monitoring: (on|basic)/).waitFor();
  await told.waitFor({ state: "detached" });
  await desk.close();
});

test("a server that was killed: both come back by themselves, and the call with them", async () => {
  await app.kill();
  await Promise.all([student, evaluator].map((page) => page.getByText("Server: reconnecting").waitFor()));
  await app.serve(app.port);
  await Promise.all([connected(student), connected(evaluator)]);
  await both();
  await button(evaluator, "End the interview").click();
  await evaluator.getByRole("dialog").getByRole("button", { name: "End the interview" }).click();
  await student.getByText("The interview is over").waitFor();
  assert.deepEqual([...evaluator.complaints, ...student.complaints], []);
});
