// A report that a category has outgrown, the amendment that gives it more, and the report that fits then (M40, M70),
// on the worked example's grant.

import { Story, api, confirm, dialog, expect, fill, row, test as base } from "./story.ts";
import { startServer } from "./support.ts";
import { phrase, words } from "./words.ts";

const test = base.extend<object, { storyOf: (file: string) => Promise<Story> }>({
  storyOf: [
    async ({ browser, database }, use) => {
      const story = new Story(await startServer("demo", database), browser);
      await use(async () => story);
      await story.end();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

test.describe.configure({ mode: "serial", timeout: 180_000 });

let amendment = "";
let report = "";
// The category that outgrows its budget, and the one that gives: their places in the budget, what they had.
let grows = { at: 0, last: 0 };
let gives = { at: 0, last: 0 };
const MOVED = 3000;

interface Line {
  category: string;
  last: { amount: string };
}

const isDirect = (line: Line) => !["indirect", "contingency"].includes(line.category);

test("M40 a report says when a category needs an amendment, and shows the way", async ({ story }) => {
  const desk = await story.as("desk_officer", "/grants");
  const { items } = await api(desk, "GET", "/grants?state=active");
  story.grant = `/grants/${items[0].id}`;
  const { lines } = await api(desk, "GET", `${story.grant}/budget`);
  const direct = (lines as Line[]).map((line, at) => ({ at, last: Number(line.last.amount), line })).filter(({ line }) => isDirect(line));
  direct.sort((one, other) => one.last - other.last);
  grows = direct[0]!;
  gives = direct[direct.length - 1]!;
  expect(gives.at).not.toBe(grows.at);
  const page = await story.as("applicant_lead", story.grant);
  const { reports } = await api(page, "GET", story.grant);
  report = `/reports/${reports.find(({ state }: { state: string }) => ["scheduled", "draft"].includes(state)).id}`;
  await page.goto(report);
  const amount = page.locator(`#f-lines-${grows.at}-reported`);
  await amount.fill((grows.last * 1.25).toFixed(2));
  await expect(page.getByText(words("amendment-needed", "fr"))).toHaveCount(0);
  await amount.fill((grows.last * 1.25 + 0.01).toFixed(2));
  await expect(page.getByText(words("amendment-needed", "fr"))).toBeVisible();
  await story.look(page);
  await page.getByRole("link", { name: words("amendment-ask", "fr") }).click();
  await expect(page).toHaveURL(new RegExp(`${story.grant}/amendments/new$`));
});

test("M40 M8 the recipient writes an amendment; the total stays", async ({ story }) => {
  const page = await story.as("applicant_lead", `${story.grant}/amendments/new`);
  const whole = (line: typeof grows, by: number) => fill(page, { [`lines-${line.at}-planned`]: (line.last + by).toFixed(2) });
  await whole(grows, MOVED);
  await expect(page.locator("main [role=status]")).toContainText(phrase("amendment-over", "fr"));
  await fill(page, { reason: "Les districts sont plus éloignés que prévu." });
  await story.look(page);
  // Too much in all is not handed in: the summary says what the way to another total is.
  const submit = page.getByRole("button", { name: words("amendment-submit", "fr") });
  await submit.click();
  await dialog(page).getByRole("button", { name: words("amendment-submit", "fr") }).click();
  await expect(page.getByRole("alert").first()).toContainText(phrase("problem-decision-required", "fr"));
  await whole(gives, -MOVED);
  await expect(page.locator("main [role=status]")).toContainText(phrase("amendment-sums", "fr"));
  await expect(submit).toContainText(/3\s000,00/);
  await page.getByRole("button", { name: words("amendment-save", "fr") }).click();
  await expect(page).toHaveURL(/\/amendments\/[0-9a-f-]{36}$/);
  amendment = new URL(page.url()).pathname;
  await story.look(page);
  await confirm(page, "amendment-submit");
  await expect(page.locator("main")).toContainText(phrase("amendment-waits-check", "fr"));
  await story.look(page);
});

test("M70 the Desk, finance, the head of desk and the recipient, each from the first page", async ({ story }) => {
  for (const [who, task, button] of [
    ["desk_officer", "task-check-amendment", "amendment-check"],
    ["finance_approver", "task-approve-amendment", "amendment-approve"],
    ["head_of_desk", "task-sign-amendment", "amendment-sign"],
  ] as const) {
    const page = await story.as(who, "/");
    await page.getByRole("link", { name: words(task) }).first().click();
    await expect(page).toHaveURL(new RegExp(`${amendment}$`));
    await expect(page.locator("main tfoot")).toBeVisible();
    await expect(page.getByRole("button", { name: words("amendment-refuse") })).toBeVisible();
    await story.look(page);
    await confirm(page, button);
    // Who did a step does not do the next one.
    await expect(page.getByRole("button", { name: words("amendment-refuse") })).toHaveCount(0);
  }
  let page = await story.as("applicant_lead", amendment);
  await confirm(page, "amendment-countersign");
  await expect(page.locator("main")).toContainText(phrase("amendment-state-effective", "fr"));
  page = await story.as("applicant_lead", story.grant);
  await expect(row(page, "3 000,00").filter({ hasText: phrase("amendment-state-effective", "fr") })).toHaveCount(1);
  await story.look(page);
});

test("M40 the report is held against the amended budget", async ({ story }) => {
  const page = await story.as("applicant_lead", report);
  const amount = page.locator(`#f-lines-${grows.at}-reported`);
  await amount.fill((grows.last + MOVED).toFixed(2));
  await expect(page.getByText(words("amendment-needed", "fr"))).toHaveCount(0);
  await amount.fill(((grows.last + MOVED) * 1.25 + 0.01).toFixed(2));
  await expect(page.getByText(words("amendment-needed", "fr"))).toBeVisible();
  await amount.fill((grows.last + MOVED).toFixed(2));
  await page.getByRole("button", { name: words("report-save", "fr") }).click();
  const { lines } = await api(page, "GET", report);
  expect(lines[grows.at].planned.amount).toBe((grows.last + MOVED).toFixed(2));
});
