// A call with two stages, from the concept note to the full proposal that stays near it (M11), each person at
// their own pages.

import { type Page } from "@playwright/test";
import { expect, expectAccessible, expectFits, type Server, signIn, test } from "./support.ts";
import { phrase, words } from "./words.ts";

test.use({ ownServer: true, locale: "en-GB", timezoneId: "Europe/Berlin" });

type Api = (method: string, path: string, body?: unknown, version?: number) => Promise<any>;

/** Calls the API as somebody, without a browser. */
async function as(server: Server, who: string): Promise<Api> {
  let cookie = "";
  const call: Api = async (method, path, body, version) => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(version === undefined ? {} : { "if-match": `"${version}"` }),
        cookie,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  await call("POST", "/session", server.accounts[who]);
  return call;
}

/** Another person in a browser of their own. */
async function at(page: Page, who: string, url: string): Promise<Page> {
  const context = await page.context().browser()!.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin" });
  const other = await context.newPage();
  const base = new URL(url).origin;
  await other.goto(base);
  await signInAt(other, base, who);
  await other.goto(url);
  return other;
}

async function signInAt(page: Page, base: string, who: string): Promise<void> {
  const go = page.goto.bind(page);
  page.goto = (to, options) => go(new URL(to, base).href, options);
  await signIn(page, who);
}

test("a note is written, invited, and its full proposal asks within a fifth of it or has a waiver", async ({ page, server }) => {
  // The desk makes the call a call with two stages, in the editor.
  const desk = await as(server, "desk_officer");
  const { fund } = await desk("GET", "/session");
  const draft = await desk("POST", "/calls", {
    fund_id: fund.id,
    code: "CIF-2026-09",
    title: { en: "Two stages", fr: "Deux étapes" },
    window: "country_implementation",
    envelope: { amount: "400000.00", currency: "EUR" },
    zone: "Africa/Niamey",
    opens_local: "2026-03-01T08:00",
    closes_local: "2026-03-31T17:00",
    copy_of: null,
  });
  const call = `/calls/${draft.call.id}`;
  const officer = await at(page, "desk_officer", `${server.url}${call}/edit`);
  await officer.getByLabel(words("call-stages-two")).check();
  await officer.locator("#f-definition-concept-closes_local").fill("2026-03-10T17:00");
  await expect(officer.locator("#f-definition-concept-tolerance")).toHaveValue("20");
  await officer.getByRole("button", { name: words("call-save") }).click();
  await expect(officer.getByText(phrase("call-ready"))).toBeVisible();
  const head = await as(server, "head_of_desk");
  const saved = await head("GET", call);
  await head("POST", `${call}/publication`, {}, saved.version);

  // Everybody sees both deadlines; the applicant starts a note where a proposal would be started.
  await page.goto(call);
  await expect(page.getByText(phrase("call-concepts-close"))).toBeVisible();
  await expect(page.getByText(phrase("call-full-close"))).toBeVisible();
  await signIn(page, "applicant_gm");
  await page.goto(call);
  await page.getByRole("link", { name: words("call-apply-concept") }).click();
  await page.getByLabel(words("proposal-title")).fill("Health insurance for apprentices");
  await page.getByLabel(words("country")).selectOption("GM");
  await page.getByLabel("English").check();
  await page.getByLabel(words("proposal-currency")).selectOption("EUR");
  await page.getByRole("button", { name: words("call-apply-concept") }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Health insurance for apprentices" })).toBeVisible();

  // It is saved as one types; what is missing is said at its field.
  await page.getByLabel(words("concept-summary")).fill("Chambers of trade register apprentices.");
  await page.getByLabel(words("concept-summary")).blur();
  await expect(page.locator(".save-state", { hasText: /Saved/ })).toBeVisible();
  await page.getByRole("button", { name: words("concept-submit") }).click();
  await expect(page.locator("#f-requested-error")).not.toBeEmpty();
  await page.reload();
  await expect(page.getByLabel(words("concept-summary"))).toHaveValue("Chambers of trade register apprentices.");
  await page.locator("#f-requested").fill("100000.00");
  await expectAccessible(page);
  await expectFits(page);
  await page.getByRole("button", { name: words("concept-submit") }).click();
  await expect(page.getByText("CIF-2026-09-C001").first()).toBeVisible();
  await expect(page.getByText(words("receipt-hash"))).toBeVisible();
  const note = page.url();

  // The desk finds it in the call's list, not eligible; the applicant appeals; then it is eligible.
  await officer.goto(`${server.url}${call}`);
  await officer.getByRole("link", { name: words("concepts-title") }).click();
  await officer.getByRole("link", { name: "Health insurance for apprentices" }).click();
  await officer.getByRole("button", { name: words("screen-title") }).click();
  await officer.getByLabel(words("concept-state-ineligible")).check();
  await officer.getByRole("dialog").getByLabel(words("reason")).fill("No scheme is named.");
  await expectAccessible(officer);
  await officer.getByRole("dialog").getByRole("button", { name: words("screen-title") }).click();
  await expect(officer.getByText(phrase("concept-ineligible"))).toBeVisible();
  await page.reload();
  await expect(page.getByText("No scheme is named.")).toBeVisible();
  await page.getByRole("button", { name: words("concept-appeal") }).click();
  await page.getByRole("dialog").getByLabel(words("reason")).fill("The scheme is in the title.");
  await page.getByRole("dialog").getByRole("button", { name: words("concept-appeal") }).click();
  await expect(page.getByText(words("concept-appeal-text"))).toBeVisible();
  await officer.reload();
  await expect(officer.getByText("The scheme is in the title.")).toBeVisible();
  await officer.getByRole("button", { name: words("screen-title") }).click();
  await officer.getByLabel(words("concept-state-eligible")).check();
  await officer.getByRole("dialog").getByRole("button", { name: words("screen-title") }).click();
  await expect(officer.getByRole("dialog")).toHaveCount(0);

  // The head of desk invites it, from what waits on the home page.
  const chief = await at(page, "head_of_desk", `${server.url}/`);
  await chief.getByRole("link", { name: words("task-decide-concept") }).click();
  await chief.getByRole("button", { name: words("concept-decide") }).click();
  await chief.getByLabel(words("concept-state-invited")).check();
  await chief.getByRole("dialog").getByRole("button", { name: words("concept-decide") }).click();
  await expect(chief.getByText(phrase("concept-bounds"))).toBeVisible();
  await expectAccessible(chief);

  // The applicant starts the full proposal: what the note says is carried over, its limits stand above.
  await page.goto("/");
  await page.getByRole("link", { name: words("task-start-proposal") }).click();
  await page.getByRole("button", { name: words("concept-start") }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Health insurance for apprentices" })).toBeVisible();
  await expect(page).toHaveURL(/\/proposals\//);
  await expect(page.getByText(phrase("concept-bounds"))).toBeVisible();
  const proposal = page.url();
  const api = await as(server, "applicant_gm");
  const id = proposal.split("/").at(-1);
  const { working, definition } = await api("GET", `/proposals/${id}`);
  const details = { title: "Health insurance for apprentices", country: "GM", duration_months: 12, partners: [] };
  await api("PUT", `/proposals/${id}`, details, working.details_version);
  for (const question of definition.sections.flatMap((section: any) => section.questions)) {
    await api("PUT", `/proposals/${id}/answers/${question.key}`, { body: "An answer." }, 0);
  }

  // One cent too much is said as one types, and on the check page with what to do about it.
  await page.goto(`${proposal}/budget`);
  await page.getByRole("button", { name: words("budget-add") }).click();
  await page.getByLabel("Category, line 1").selectOption("staff");
  await page.getByLabel("Activity or milestone, line 1").fill("Registration");
  await page.getByLabel("Unit, line 1").fill("lump sum");
  await page.getByLabel("Quantity, line 1").fill("1");
  await page.getByLabel("Unit cost, line 1").fill("120000.01");
  const sums = page.locator(".totals");
  await expect(sums).toContainText(phrase("problem-far-from-concept"));
  await page.getByLabel("Unit cost, line 1").fill("120000.00");
  await expect(sums.locator(".field-error")).toHaveCount(0);
  await page.getByLabel("Unit cost, line 1").fill("120000.01");
  await page.getByLabel("Unit cost, line 1").blur();
  await expect(page.locator(".save-state", { hasText: /Saved/ })).toBeVisible();
  await page.goto(`${proposal}/check`);
  await expect(page.getByText(phrase("problem-far-from-concept"))).toBeVisible();
  await expect(page.getByRole("button", { name: words("proposal-submit") })).toHaveCount(0);
  await expectAccessible(page);
  await expectFits(page);

  // The head of desk waives the limits, with a reason; then it can be submitted.
  await chief.goto(note);
  await chief.getByRole("button", { name: words("concept-waive") }).click();
  await chief.getByRole("dialog").getByLabel(words("reason")).fill("A third region joins.");
  await chief.getByRole("dialog").getByRole("button", { name: words("concept-waive") }).click();
  await expect(chief.getByText("A third region joins.")).toBeVisible();
  await page.reload();
  await expect(page.getByText("A third region joins.")).toBeVisible();
  await page.getByLabel(phrase("check-declaration")).check();
  await page.getByRole("button", { name: words("proposal-submit") }).click();
  await expect(page.getByRole("heading", { level: 1, name: phrase("receipt-done") })).toBeVisible();
  // Whoever reads the proposal reads why.
  await officer.goto(proposal);
  await expect(officer.getByText("A third region joins.")).toBeVisible();
});
