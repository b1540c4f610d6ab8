/* Checks brotli sizes against the budgets: budgets.mjs DIR/sizes.json. Ends with 1 above any. */
import { readFileSync } from "node:fs";

const KB = 1000;
const limits = { "student.js": 30, "staff.js": 45, "room.js": 20, "app.css": 14, "staff.en.json": 14, "student.ur.json": 10, "staff.ur.json": 14, "room.ur.json": 8 };
const sizes = JSON.parse(readFileSync(process.argv[2], "utf8"));
const rows = Object.entries(limits).filter(([name]) => name in sizes).map(([name, limit]) => [name, sizes[name], limit * KB]);
rows.push(["everything", Object.values(sizes).reduce((sum, n) => sum + n, 0), 250 * KB]);
let over = 0;
for (const [name, size, limit] of rows) {
  const bad = !(size <= limit);
  over += bad ? 1 : 0;
  console.log(`${name.padEnd(16)} ${String(size).padStart(7)} of ${limit}${bad ? "  OVER BUDGET" : ""}`);
}
process.exit(over ? 1 : 0);
