// The first half of the golden scenario (DOMAIN §7) through the real pages, each role in a browser of its own:
// from the donors' money to the first paid tranche and its row in the export. One story, told in order on one
// server; what another test shows already is done by the API, from within the person's own browser.

import { type Browser, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { expect as expectSoon, expectAccessible, signIn, silentErrors, startServer, test as base, type Server } from "./support.ts";
import { phrase, words, type Language } from "./words.ts";

// Six people's browsers at once take their time on a busy machine.
const expect = expectSoon.configure({ timeout: 30_000 });

const P1 = "openIMIS pour le chèque santé dans trois régions";
const P2 = "Claims review and provider payment in two provinces";
const P3 = "Member registration, first regions";

/** The people of the story, each signed in once in a browser context of their own. */
class Story {
  call = "";
  p1 = "";
  p2 = "";
  p3 = "";
  late = "";
  motion = "";
  grant = "";
  readonly wrong: string[] = [];
  private readonly pages = new Map<string, Promise<Page>>();
  private readonly contexts: BrowserContext[] = [];
  private readonly looked = new Set<string>();

  constructor(
    readonly server: Server,
    private readonly browser: Browser,
  ) {}

  /** Somebody's browser, at an address. */
  async as(who: string, address: string): Promise<Page> {
    let page = this.pages.get(who);
    if (!page) {
      page = this.open(who);
      this.pages.set(who, page);
    }
    const opened = await page;
    await opened.goto(address);
    await expect(opened.getByRole("heading", { level: 1 })).toBeVisible();
    return opened;
  }

  private async open(who: string): Promise<Page> {
    const page = await this.visitor(languageOf(who) === "fr" ? "fr-FR" : "en-GB");
    await signIn(page, who);
    return page;
  }

  /** A browser in which nobody has signed in. */
  async visitor(locale: string): Promise<Page> {
    const context = await this.browser.newContext({ baseURL: this.server.url, locale, timezoneId: "Europe/Zurich" });
    this.contexts.push(context);
    silentErrors(context, this.server, this.wrong);
    return context.newPage();
  }

  /** Finds no fault in the page for those who read with other means; once for each page and language. */
  async look(page: Page): Promise<void> {
    const path = new URL(page.url()).pathname.replaceAll(/[0-9a-f-]{36}/g, "…");
    const key = `${path} ${await page.locator("html").getAttribute("lang")}`;
    if (this.looked.has(key)) return;
    this.looked.add(key);
    await expect(page.locator("[aria-busy=true], .skeleton")).toHaveCount(0);
    await expectAccessible(page);
  }

  async end(): Promise<void> {
    for (const context of this.contexts) await context.close();
    await this.server.stop();
  }
}

const test = base.extend<object, { story: Story }>({
  story: [
    async ({ browser }, use) => {
      const story = new Story(await startServer("people"), browser);
      await use(story);
      await story.end();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  server: async ({ story }, use) => use(story.server),
});

test.describe.configure({ mode: "serial", timeout: 180_000 });

test.afterEach(({ story }) => {
  expect(story.wrong, "errors nobody would have seen").toEqual([]);
});

function languageOf(who: string): Language {
  return who === "applicant_lead" || who === "steering_voter2" ? "fr" : "en";
}

/** Fills in fields by the end of their pointer: `signed` stands for `/signed`. */
async function fill(scope: Page | Locator, fields: Record<string, string>): Promise<void> {
  for (const [field, value] of Object.entries(fields)) await scope.locator(`#f-${field}`).fill(value);
}

/** Chooses the first option that has this text. */
async function choose(scope: Page | Locator, field: string, text: string): Promise<void> {
  const select = scope.locator(`#f-${field}`);
  const value = await select.locator("option").filter({ hasText: text }).first().getAttribute("value");
  await select.selectOption(value);
}

function dialog(page: Page): Locator {
  return page.getByRole("dialog");
}

/** Sends the form in the dialog, which closes. */
async function send(page: Page): Promise<void> {
  await dialog(page).locator("button[type=submit]").click();
  await expect(dialog(page)).toBeHidden();
}

/** Presses a button and the same in the dialog that says what will happen; it is done when the button is gone. */
async function confirm(page: Page, key: string, scope: Page | Locator = page): Promise<void> {
  const name = words(key, (await page.locator("html").getAttribute("lang")) as Language);
  const button = scope.getByRole("button", { name });
  await button.click();
  await dialog(page).getByRole("button", { name }).click();
  await expect(button).toHaveCount(0);
}

function row(page: Page, text: string): Locator {
  return page.locator("tbody tr").filter({ hasText: text });
}

interface Answer {
  status: number;
  // The API's own tests hold its shapes.
  body: any;
}

/** A request by the API from within somebody's page: the same session, origin and cookies. */
function request(page: Page, method: string, path: string, body?: unknown, version?: number): Promise<Answer> {
  return page.evaluate(
    async ([method, path, body, version]) => {
      const headers: Record<string, string> = { "idempotency-key": crypto.randomUUID() };
      if (method !== "GET") headers["content-type"] = "application/json";
      if (version !== undefined) headers["if-match"] = String(version);
      const sent = method === "GET" ? undefined : JSON.stringify(body ?? {});
      const response = await fetch(`/api/v1${path}`, { method, headers, body: sent });
      return { status: response.status, body: await response.json() };
    },
    [method, path, body, version] as const,
  );
}

async function api(...request_: Parameters<typeof request>): Promise<Answer["body"]> {
  const { status, body } = await request(...request_);
  expect(status, `${request_[1]} ${request_[2]}: ${JSON.stringify(body)}`).toBeLessThan(300);
  return body;
}

const eur = (amount: string) => ({ amount, currency: "EUR" });

test("M20 M52 M70: what donors pay and what is set aside give EUR 900 000.00", async ({ story }) => {
  const contributions = "/fund/contributions";
  let page = await story.as("finance_preparer", contributions);
  for (const [donor, currency, signed, rate] of [
    ["BMZ", "EUR", "600000", ""],
    ["SDC", "CHF", "380000", "0.95"],
  ] as const) {
    await page.getByRole("button", { name: words("contribution-new") }).first().click();
    await choose(dialog(page), "donor_id", donor);
    await fill(dialog(page), { reference: `${donor}-2026-1`, currency, signed });
    if (rate) await fill(dialog(page), { budget_rate: rate });
    await story.look(page);
    await send(page);
  }
  page = await story.as("finance_approver", contributions);
  for (const donor of ["BMZ", "SDC"]) {
    await row(page, donor).getByRole("button", { name: words("contribution-sign") }).click();
    await send(page);
    await expect(row(page, donor).getByRole("button")).toHaveCount(0);
  }

  page = await story.as("finance_preparer", contributions);
  for (const [donor, amount, rate] of [
    ["BMZ", "600000", ""],
    ["SDC", "380000", "0.95"],
  ] as const) {
    await row(page, donor).getByRole("button", { name: words("receipt-new") }).click();
    await fill(dialog(page), { amount, bank_reference: `${donor}-IN-1` });
    if (rate) await fill(dialog(page), { bank_rate: rate });
    await send(page);
    // Who recorded it does not confirm it.
    await expect(row(page, `${donor}-IN-1`)).toContainText(phrase("another-person"));
  }
  page = await story.as("finance_approver", contributions);
  for (const donor of ["BMZ", "SDC"]) await confirm(page, "receipt-confirm", row(page, `${donor}-IN-1`));
  await expect(row(page, "SDC-IN-1")).toContainText("CHF 380 000.00");
  await expect(row(page, "SDC-IN-1")).toContainText("400 000.00");

  page = await story.as("finance_preparer", "/fund/allocations");
  for (const purpose of ["administration", "reserve"]) {
    await page.getByRole("button", { name: words("allocation-new") }).first().click();
    await dialog(page).locator(`input[value=${purpose}]`).check();
    await fill(dialog(page), { amount: "50000", reason: `Year 2026, ${purpose}` });
    await send(page);
  }
  await story.look(page);
  page = await story.as("finance_approver", "/fund/allocations");
  for (const purpose of ["administration", "reserve"]) {
    await confirm(page, "allocation-confirm", row(page, `Year 2026, ${purpose}`));
  }

  page = await story.as("desk_officer", "/fund");
  await expect(page.locator("figure.bar").first()).toContainText("EUR 900 000.00");
  await story.look(page);
});

test("S1 a call is written, published by the head of desk and opens by the clock", async ({ story }) => {
  let page = await story.as("desk_officer", "/calls/new");
  await fill(page, { code: "CIF-01", "title-en": "First call", "title-fr": "Premier appel", envelope: "200000" });
  await page.locator("#f-window").selectOption("country_implementation");
  await page.locator("#f-zone").selectOption("Africa/Douala");
  await fill(page, { opens_local: "2026-03-03T09:00", closes_local: "2026-04-01T17:00" });
  await story.look(page);
  await page.locator("main form button[type=submit]").click();
  await expect(page).toHaveURL(/\/calls\/[^/]+\/edit$/);
  await expect(page.getByText(words("call-ready"))).toBeVisible();
  await story.look(page);
  story.call = new URL(page.url()).pathname.split("/")[2] ?? "";

  const visitor = await story.visitor("fr-FR");
  await visitor.goto("/");
  await expect(visitor.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(visitor.getByText("Premier appel")).toHaveCount(0);
  page = await story.as("head_of_desk", `/calls/${story.call}`);
  await confirm(page, "call-publish");
  await story.look(page);

  await story.server.advanceClock("2026-03-03T08:00:00Z");
  await visitor.reload();
  await visitor.getByRole("link", { name: "Premier appel" }).click();
  await expect(visitor).toHaveURL(/\/calls\//);
  await expect(visitor.locator("main")).toContainText("200 000,00 EUR");
  await story.look(visitor);
  await visitor.goto(`/calls/${story.call}/print`);
  await story.look(visitor);
});

test("M6 M7 M9 an applicant writes a proposal in French, sees its totals, checks and submits it", async ({ story }) => {
  const page = await story.as("applicant_lead", `/proposals/new?call=${story.call}`);
  await fill(page, { title: P1 });
  await page.locator("#f-country").selectOption("CM");
  await page.locator("input[value=fr]").check();
  await page.locator("#f-currency").selectOption("EUR");
  await story.look(page);
  await page.locator("main form button[type=submit]").click();
  await expect(page).toHaveURL(/\/proposals\/[0-9a-f-]{36}$/);
  story.p1 = new URL(page.url()).pathname.split("/")[2] ?? "";
  await expect(page.locator("ol.tasks li").first()).toBeVisible();
  await story.look(page);

  await page.locator("ol.tasks a").first().click();
  await fill(page, { duration_months: "18" });
  await story.look(page);
  await page.locator("main form button[type=submit]").click();
  // Section after section, each answer saved as it is written.
  const next = page.getByRole("button", { name: words("save-and-continue", "fr") });
  await expect(page).toHaveURL(/\/sections\//);
  for (let at = page.url(); at.includes("/sections/"); at = page.url()) {
    const texts = page.locator("main textarea");
    await expect(texts.first()).toBeVisible();
    for (const text of await texts.all()) await text.fill("Le régime couvre les trois régions dès la première année.");
    await story.look(page);
    await next.click();
    await expect(page).not.toHaveURL(at);
  }

  await expect(page).toHaveURL(/\/budget$/);
  const lines = [
    ["staff", "Équipe de projet", "mois", "4000", "grant"],
    ["software_adaptation", "Paramétrage", "lot", "3000", "grant"],
    ["training", "Formation des agents", "session", "2000", "grant"],
    ["travel", "Déplacements en région", "mission", "1000,00", "grant"],
    ["local_partners", "Personnel du régime", "mois", "2500", "own_cash"],
  ] as const;
  for (const [n, [category, activity, unit, cost, source]] of lines.entries()) {
    await page.getByRole("button", { name: words("budget-add", "fr") }).click();
    const field = (name: string) => page.locator(`#f-budget-lines-${n}-${name}`);
    await field("category").selectOption(category);
    await field("activity").fill(activity);
    await field("unit").fill(unit);
    await field("quantity").fill("10");
    await field("unit_cost").fill(cost);
    await field("period").fill("1–18");
    await field("source").selectOption(source);
  }
  // Totals as one types, from the rules that the server enforces.
  await expect(page.locator("tfoot")).toContainText("125 000,00");
  await expect(page.locator("main")).toContainText("100 000,00");
  await story.look(page);
  await next.click();

  await expect(page).toHaveURL(/\/check$/);
  await page.locator("#f-is_declared").check();
  await story.look(page);
  await page.locator("main form button[type=submit]").click();
  await expect(page).toHaveURL(/\/receipt$/);
  await expect(page.locator("code.hash").last()).toHaveText(/^[0-9a-f]{64}$/);
  await story.look(page);
  const { receipt } = await api(page, "GET", `/proposals/${story.p1}`);
  await expect(page.locator("main")).toContainText(receipt.sha256);
  await expect(page.getByRole("heading", { level: 1 })).toContainText(receipt.number);
});

/** A whole proposal by the API, not submitted yet. */
async function write(page: Page, call: string, title: string, country: string, grant: number, own: number): Promise<string> {
  const { person } = await api(page, "GET", "/session");
  const made = await api(page, "POST", `/calls/${call}/proposals`, {
    organisation_id: person.memberships[0].organisation.id,
    title,
    country,
    language: "en",
    currency: "EUR",
  });
  const path = `/proposals/${made.id}`;
  const { definition, working } = await api(page, "GET", path);
  const details = { title, country, duration_months: 12, partners: [] };
  await api(page, "PUT", path, details, working.details_version);
  for (const section of definition.sections) {
    for (const { key } of section.questions) await api(page, "PUT", `${path}/answers/${key}`, { body: "In three regions." }, 0);
  }
  const line = (category: string, source: string, sum: number) => ({
    category,
    activity: "Regions",
    unit: "month",
    quantity: "10",
    unit_cost: eur(`${sum / 10}.00`),
    period: "1–12",
    source,
    total: null,
  });
  const lines = [line("staff", "grant", grant), line("local_partners", "own_cash", own)];
  await api(page, "PUT", `${path}/budget`, { lines }, working.budget_version);
  return made.id;
}

async function submit(page: Page, proposal: string): Promise<void> {
  const { version } = await api(page, "GET", `/proposals/${proposal}`);
  await api(page, "POST", `/proposals/${proposal}/submission`, { is_declared: true }, version);
}

test("a submission after the deadline is refused and the draft kept", async ({ story }) => {
  const nepal = await story.as("applicant_np", "/proposals");
  story.p2 = await write(nepal, story.call, P2, "NP", 90_000, 15_000);
  await submit(nepal, story.p2);
  const gambia = await story.as("applicant_gm", "/proposals");
  story.p3 = await write(gambia, story.call, P3, "GM", 60_000, 10_000);
  await submit(gambia, story.p3);

  let page = await story.as("applicant_tz", "/proposals");
  story.late = await write(page, story.call, "Too late by a minute", "TZ", 50_000, 5_000);
  page = await story.as("applicant_tz", `/proposals/${story.late}/check`);
  await page.locator("#f-is_declared").check();
  await story.server.advanceClock("2026-04-01T16:00:00Z");
  await page.locator("main form button[type=submit]").click();
  await expect(page.locator("main")).toContainText(phrase("problem-deadline-passed"));
  page = await story.as("applicant_tz", `/proposals/${story.late}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Too late by a minute");
  const { summary, content } = await api(page, "GET", `/proposals/${story.late}`);
  expect([summary.state, Object.keys(content.answers).length > 10]).toEqual(["draft", true]);
});

test("K1 proposals are screened and assigned; content opens after the declaration", async ({ story }) => {
  let page = await story.as("desk_officer", `/calls/${story.call}`);
  await confirm(page, "call-move-screening");
  page = await story.as("desk_officer", `/proposals/${story.p1}`);
  await page.getByRole("button", { name: words("screen-title") }).click();
  await dialog(page).locator("input[value=screened]").check();
  await story.look(page);
  await send(page);
  for (const proposal of [story.p2, story.p3]) {
    const { version } = await api(page, "GET", `/proposals/${proposal}`);
    await api(page, "POST", `/proposals/${proposal}/screening`, { outcome: "screened", reason: "", due_on: null }, version);
  }
  page = await story.as("desk_officer", `/calls/${story.call}`);
  await confirm(page, "call-move-review");
  page = await story.as("desk_officer", `/calls/${story.call}/reviewers`);
  await expect(row(page, P3)).toBeVisible();
  for (const tick of await page.locator(".assign-tick").all()) await tick.check();
  await page.getByRole("button", { name: words("assign-do") }).first().click();
  for (const reviewer of ["Reviewer 1", "Reviewer 2", "Reviewer 3"]) {
    await dialog(page).getByRole("checkbox", { name: new RegExp(`^${reviewer}`) }).check();
  }
  await fill(dialog(page), { due_on: "2026-04-20" });
  await send(page);
  await expect(row(page, P1)).toContainText("Reviewer 3");
  await story.look(page);

  page = await story.as("reviewer", `/proposals/${story.p1}`);
  await expect(page).toHaveURL(/\/declaration/);
  await story.look(page);
  await page.locator("input[value=none]").check();
  await page.locator("main form button[type=submit]").click();
  await expect(page).toHaveURL(/\/reviews\//);
  await expect(page.getByText("Le régime couvre les trois régions").first()).toBeVisible();
});

const SCORES = [
  [
    [5, 4, 4, 4, 4, 4],
    [4, 5, 4, 4, 4, 4],
    [5, 4, 4, 4, 3, 4],
  ],
  [
    [4, 4, 4, 4, 3, 4],
    [4, 4, 4, 3, 3, 4],
    [4, 4, 3, 4, 4, 4],
  ],
  [
    [4, 3, 4, 3, 4, 3],
    [3, 4, 3, 4, 3, 3],
    [4, 3, 3, 3, 3, 4],
  ],
] as const;

test("S2 S6 S8 reviewers score, blind to each other", async ({ story }) => {
  let page = await story.as("reviewer", "/reviews");
  await story.look(page);
  await row(page, P1).getByRole("link").click();
  await expect(page).toHaveURL(/\/reviews\//);
  for (const [n, score] of SCORES[0][0].entries()) {
    await page.locator(`input[name=f-scores-${n}-score][value="${score}"]`).check();
  }
  await expect(page.locator(".review-total")).toContainText("85.00 / 100");
  await fill(page, { strengths: "The ministry leads.", weaknesses: "Hosting is not priced.", suggested: "100000" });
  await page.locator("input[value=green]").check();
  // An extreme score wants its reason.
  const send = page.locator(".review-form button[type=submit]");
  await send.click();
  await expect(page.locator("#f-scores-0-comment-error")).not.toBeEmpty();
  await fill(page, { "scores-0-comment": "Commitments are signed and dated." });
  await story.look(page);
  await send.click();
  await expect(page.locator(".notice-title", { hasText: words("review-is-submitted") })).toBeVisible();

  for (const [r, reviewer] of ["reviewer", "reviewer2", "reviewer3"].entries()) {
    page = await story.as(reviewer, "/reviews");
    const { items } = await api(page, "GET", "/reviews");
    for (const [p, proposal] of [story.p1, story.p2, story.p3].entries()) {
      if (r === 0 && p === 0) continue;
      await api(page, "PUT", `/proposals/${proposal}/declaration`, { conflict: "none", explanation: "" });
      const review = items.find((item: Answer["body"]) => item.proposal.id === proposal);
      const { version, rubric } = await api(page, "GET", `/reviews/${review.id}`);
      const scores = rubric.criteria.map((criterion: Answer["body"], n: number) => ({
        criterion: criterion.key,
        score: SCORES[p]?.[r]?.[n],
        comment: "Convincing.",
      }));
      const sheet = { scores, strengths: "Sound.", weaknesses: "Short.", light: "green", suggested: eur("50000.00") };
      await api(page, "POST", `/reviews/${review.id}/submission`, sheet, version);
    }
  }
  page = await story.as("steering_voter", `/calls/${story.call}/ranking`);
  await expect(row(page, P1)).toBeVisible();
  await expect(page.locator("main")).not.toContainText("84.00");
  await story.look(page);
});

test("S3 S9 unblinding shows the order by exact mean", async ({ story }) => {
  let page = await story.as("steering_facilitator", `/calls/${story.call}/ranking`);
  await page.getByRole("button", { name: words("unblind") }).click();
  await send(page);
  await expect(page.locator("main table.data tbody")).toContainText(new RegExp(`${P1}.*${P2}.*${P3}`, "s"));
  await expect(row(page, P1)).toContainText("84.00");
  await story.look(page);
  page = await story.as("desk_officer", `/calls/${story.call}`);
  await confirm(page, "call-move-deliberation");
});

async function vote(story: Story, who: string, motion: string): Promise<void> {
  const language = languageOf(who);
  const page = await story.as(who, `/motions/${motion}`);
  await page.getByRole("link", { name: words("ballot-declare-do", language) }).click();
  await page.locator("input[value=none]").check();
  await page.locator("main form button[type=submit]").click();
  // The page before names the motion too: in its query.
  await expect(page).toHaveURL(new RegExp(`^[^?]+/motions/${motion}$`));
  await page.locator("input[value=yes]").check();
  await story.look(page);
  await page.locator("main form button[type=submit]").click();
  await dialog(page).getByRole("button", { name: words("ballot-confirm", language) }).click();
  await expect(page.getByText(words("ballot-cast", language))).toBeVisible();
}

async function closeVote(story: Story, motion: string): Promise<void> {
  const page = await story.as("steering_facilitator", "/motions");
  const { summary } = await api(page, "GET", `/motions/${motion}`);
  await story.server.advanceClock(summary.closes_at);
}

test("V2 V4 V6 M23 both organisations vote yes: P1 is approved and its money reserved", async ({ story }) => {
  let page = await story.as("steering_facilitator", `/calls/${story.call}/ranking`);
  await row(page, P1).getByRole("link", { name: phrase("motion-write") }).click();
  await page.locator("input[value=approved]").check();
  await expect(page.locator("#f-amount")).toHaveValue("100000.00");
  await story.look(page);
  await page.locator("main form button[type=submit]").click();
  await expect(page).toHaveURL(/\/motions\/[0-9a-f-]{36}$/);
  story.motion = new URL(page.url()).pathname.split("/")[2] ?? "";
  await page.getByRole("button", { name: words("motion-open") }).first().click();
  await send(page);

  await vote(story, "steering_voter", story.motion);
  page = await story.as("steering_voter", `/motions/${story.motion}`);
  const again = await request(page, "POST", `/motions/${story.motion}/ballots`, { choice: "no", reason: "" });
  expect([again.status, again.body.code]).toEqual([409, "already_voted"]);
  // Before the vote closes, who watches learns nothing.
  page = await story.as("steering_facilitator", `/motions/${story.motion}`);
  await expect(page.getByText(words("votes-title"))).toHaveCount(0);
  await vote(story, "steering_voter2", story.motion);

  await closeVote(story, story.motion);
  page = await story.as("steering_voter", `/motions/${story.motion}`);
  await expect(page.locator(".notice").first()).toContainText("EUR 100 000.00");
  await expect(page.getByText(words("votes-title"))).toBeVisible();
  await story.look(page);
  page = await story.as("desk_officer", "/fund");
  await expect(page.locator("figure.bar").first()).toContainText("EUR 100 000.00");
  await expect(page.locator("figure.bar").first()).toContainText("EUR 800 000.00");
});

test("V8 M21 P3's vote is carried and becomes contingent, short by EUR 50 000.00", async ({ story }) => {
  for (const [proposal, amount] of [
    [story.p2, "90000.00"],
    [story.p3, "60000.00"],
  ] as const) {
    let page = await story.as("steering_facilitator", "/motions");
    const words_ = { conditions: "", off_rank_reason: "" };
    const body = { proposal_id: proposal, outcome: "approved", amount: eur(amount), ...words_ };
    const { summary, version } = await api(page, "POST", "/motions", body);
    const now = Date.parse((await api(page, "GET", "/session")).now);
    const closes_at = new Date(now + 9 * 86_400_000).toISOString();
    await api(page, "POST", `/motions/${summary.id}/opening`, { closes_at }, version);
    for (const voter of ["steering_voter", "steering_voter2"]) {
      page = await story.as(voter, "/motions");
      await api(page, "PUT", `/proposals/${proposal}/declaration`, { conflict: "none", explanation: "" });
      await api(page, "POST", `/motions/${summary.id}/ballots`, { choice: "yes", reason: "", alternate_note: null });
    }
    story.motion = summary.id;
    await closeVote(story, summary.id);
  }
  const page = await story.as("steering_voter2", `/motions/${story.motion}`);
  await expect(page.locator(".notice").first()).toContainText("50 000,00 EUR");
  await expect(page.locator(".notice").first()).toContainText(phrase("outcome-approved-contingent", "fr"));
  await story.look(page);
});

test("M30 M23 the agreement with its tranches is approved, sent and signed", async ({ story }) => {
  let page = await story.as("desk_officer", "/grants");
  await row(page, P1).getByRole("button", { name: words("agreement-write") }).click();
  await fill(dialog(page), { number: "CIF-01-A1" });
  // The first tranche may be 40 % at most, and the tranches sum to the agreement.
  await fill(dialog(page), { "tranches-0-amount": "40000.01", "tranches-1-amount": "49999.99", "tranches-2-amount": "10000" });
  await dialog(page).locator("button[type=submit]").click();
  await expect(page.locator("#f-tranches-0-amount")).toHaveAttribute("aria-invalid", "true");
  await fill(dialog(page), { "tranches-0-amount": "40000", "tranches-1-amount": "50000" });
  await story.look(page);
  await dialog(page).locator("button[type=submit]").click();
  await expect(page).toHaveURL(/\/grants\/[0-9a-f-]{36}$/);
  story.grant = new URL(page.url()).pathname;
  await expect(row(page, "40 000.00").first()).toBeVisible();

  page = await story.as("head_of_desk", story.grant);
  await confirm(page, "agreement-approve");
  page = await story.as("desk_officer", story.grant);
  await confirm(page, "agreement-send");
  page = await story.as("applicant_lead", story.grant);
  await confirm(page, "agreement-sign");
  await expect(page.locator("figure.bar").first()).toContainText("100 000,00 EUR");
  await story.look(page);
  page = await story.as("desk_officer", "/fund");
  await expect(page.locator("figure.bar").first()).toContainText("EUR 710 000.00");
});

test("M34 M35 M60 M70 the first tranche is paid once, through four hands, and split over the donors", async ({ story }) => {
  let page = await story.as("finance_preparer", story.grant);
  await page.getByRole("button", { name: words("payee-enter") }).click();
  await fill(dialog(page), { iban: "DE89 3704 0044 0532 0130 00", bank: "Afriland First Bank" });
  await fill(dialog(page), { "address-street": "Rue 1.812", "address-town": "Yaoundé", "address-country": "CM" });
  await story.look(page);
  await send(page);
  page = await story.as("finance_approver", story.grant);
  await expect(page.locator("main")).toContainText("•••• 3000");
  await page.getByRole("button", { name: words("payee-verify") }).click();
  await fill(dialog(page), { number: "DE89370400440532013000" });
  await send(page);

  page = await story.as("finance_preparer", story.grant);
  await page.getByRole("button", { name: words("payment-prepare") }).first().click();
  await expect(page.locator("#f-amount")).toHaveValue("40000.00");
  await send(page);
  // Who prepared it can go no step further until it is approved.
  await expect(page.getByRole("button", { name: words("payment-verify") })).toHaveCount(0);
  await confirm(await story.as("desk_officer", story.grant), "payment-verify");
  await confirm(await story.as("finance_approver", story.grant), "payment-approve");
  page = await story.as("finance_preparer", story.grant);
  await confirm(page, "payment-instruct");

  await page.getByRole("button", { name: words("payment-pay") }).first().click();
  await fill(dialog(page), { bank_reference: "BANK-OUT-1" });
  await story.look(page);
  await dialog(page).locator("button[type=submit]").dblclick();
  await expect(dialog(page)).toBeHidden();
  await expect(row(page, "BANK-OUT-1")).toHaveCount(1);
  await expect(row(page, "BANK-OUT-1")).toContainText("BMZ 24 000.00");
  await expect(row(page, "BANK-OUT-1")).toContainText("SDC 16 000.00");
  await expect(page.locator("figure.bar").first()).toContainText("EUR 60 000.00");
  const grant = await api(page, "GET", story.grant);
  expect(grant.disbursed).toEqual(eur("40000.00"));
  await story.look(page);
  page = await story.as("finance_preparer", "/payments");
  await story.look(page);
});

/** The cells of a line of CSV (RFC 4180) without line breaks in them. */
function cells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}

test("M3 the exported payments agree with the screen to the cent", async ({ story }) => {
  const page = await story.as("finance_preparer", "/exports?name=disbursements&dialect=standard");
  const link = page.locator("a[download]");
  await expect(link).toBeVisible();
  await story.look(page);
  const arriving = page.waitForEvent("download");
  await link.click();
  const file = await (await arriving).path();
  const [head = [], ...rows] = readFileSync(file, "utf8")
    .trimEnd()
    .split("\r\n")
    .map(cells);
  expect(rows).toHaveLength(1);
  const cell = (column: string) => rows[0]?.[head.indexOf(column)];
  expect([cell("amount"), cell("currency")]).toEqual(["40000.00", "EUR"]);
  expect([cell("donor_BMZ"), cell("donor_SDC")]).toEqual(["24000.00", "16000.00"]);
  // The control total on the screen is the sum of the file.
  for (const [column, sum] of [
    ["amount", "EUR 40 000.00"],
    ["donor_BMZ", "EUR 24 000.00"],
    ["donor_SDC", "EUR 16 000.00"],
  ] as const) {
    await expect(page.locator("table.totals tr").filter({ hasText: column })).toContainText(sum);
  }
});
