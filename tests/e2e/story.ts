// What the stories stand on: people, each in a browser of their own, and the steps that more than one story takes.
// A story is told in order on one server; what another test shows already is done by the API, from within the
// person's own browser.

import { type Browser, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { expect as expectSoon, expectAccessible, signIn, silentErrors, startServer, test as base, type Server } from "./support.ts";
import { words, type Language } from "./words.ts";

// Six people's browsers at once take their time on a busy machine.
export const expect = expectSoon.configure({ timeout: 30_000 });

/** The people of the story, each signed in once in a browser context of their own. */
export class Story {
  call = "";
  p1 = "";
  p2 = "";
  p3 = "";
  late = "";
  motion = "";
  /** The grant's address: `/grants/…`. */
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

  /** Some days later: whoever was signed in has to do so again. */
  async later(day: string): Promise<void> {
    await this.server.advanceClock(`${day}T08:00:00Z`);
    for (const context of this.contexts.splice(0)) await context.close();
    this.pages.clear();
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

export const test = base.extend<{ story: Story; soundStory: void }, { storyOf: (file: string) => Promise<Story> }>({
  // A worker may be given several files; each file tells a story of its own.
  storyOf: [
    async ({ browser, database }, use) => {
      let told: { file: string; story: Story } | undefined;
      await use(async (file) => {
        if (told?.file === file) return told.story;
        await told?.story.end();
        told = { file, story: new Story(await startServer("people", database), browser) };
        return told.story;
      });
      await told?.story.end();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  // With its own limit: a server's start is no part of the test's time.
  story: [async ({ storyOf }, use, { file }) => use(await storyOf(file)), { timeout: 120_000 }],
  server: async ({ story }, use) => use(story.server),
  soundStory: [
    async ({ story }, use) => {
      await use();
      expect(story.wrong, "errors nobody would have seen").toEqual([]);
    },
    { auto: true },
  ],
});

export function languageOf(who: string): Language {
  return ["applicant_lead", "applicant_td", "steering_voter2"].includes(who) ? "fr" : "en";
}

/** Fills in fields by the end of their pointer: `signed` stands for `/signed`. */
export async function fill(scope: Page | Locator, fields: Record<string, string>): Promise<void> {
  for (const [field, value] of Object.entries(fields)) await scope.locator(`#f-${field}`).fill(value);
}

/** Chooses the first option that has this text. */
export async function choose(scope: Page | Locator, field: string, text: string): Promise<void> {
  const select = scope.locator(`#f-${field}`);
  const value = await select.locator("option").filter({ hasText: text }).first().getAttribute("value");
  await select.selectOption(value);
}

export function dialog(page: Page): Locator {
  return page.getByRole("dialog");
}

/** Sends the form in the dialog, which closes. */
export async function send(page: Page): Promise<void> {
  await dialog(page).locator("button[type=submit]").click();
  await expect(dialog(page)).toBeHidden();
}

/** Presses a button and the same in the dialog that says what will happen; it is done when the button is gone. */
export async function confirm(page: Page, key: string, scope: Page | Locator = page): Promise<void> {
  const name = words(key, (await page.locator("html").getAttribute("lang")) as Language);
  const button = scope.getByRole("button", { name });
  await button.click();
  await dialog(page).getByRole("button", { name }).click();
  await expect(button).toHaveCount(0);
}

export function row(page: Page, text: string): Locator {
  return page.locator("tbody tr").filter({ hasText: text });
}

export interface Answer {
  status: number;
  // The API's own tests hold its shapes.
  body: any;
}

/** A request by the API from within somebody's page: the same session, origin and cookies. */
export function request(page: Page, method: string, path: string, body?: unknown, version?: number): Promise<Answer> {
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

export async function api(...request_: Parameters<typeof request>): Promise<Answer["body"]> {
  const { status, body } = await request(...request_);
  expect(status, `${request_[1]} ${request_[2]}: ${JSON.stringify(body)}`).toBeLessThan(300);
  return body;
}

export const eur = (amount: string) => ({ amount, currency: "EUR" });

/** A whole proposal by the API, not submitted yet; the amounts in whole units of its currency. */
export async function write(
  page: Page,
  call: string,
  title: string,
  country: string,
  grant: number,
  own: number,
  currency = "EUR",
): Promise<string> {
  const { person } = await api(page, "GET", "/session");
  const made = await api(page, "POST", `/calls/${call}/proposals`, {
    organisation_id: person.memberships[0].organisation.id,
    title,
    country,
    language: "en",
    currency,
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
    unit_cost: { amount: currency === "XAF" ? `${sum / 10}` : `${sum / 10}.00`, currency },
    period: "1–12",
    source,
    total: null,
  });
  const lines = [line("staff", "grant", grant), line("local_partners", "own_cash", own)];
  await api(page, "PUT", `${path}/budget`, { lines }, working.budget_version);
  return made.id;
}

export async function submit(page: Page, proposal: string): Promise<void> {
  const { version } = await api(page, "GET", `/proposals/${proposal}`);
  await api(page, "POST", `/proposals/${proposal}/submission`, { is_declared: true }, version);
}

export async function vote(story: Story, who: string, motion: string): Promise<void> {
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

export async function closeVote(story: Story, motion: string): Promise<void> {
  const page = await story.as("steering_facilitator", "/motions");
  const { summary } = await api(page, "GET", `/motions/${motion}`);
  await story.server.advanceClock(summary.closes_at);
}

/** The cells of a line of CSV (RFC 4180) without line breaks in them. */
export function cells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}

/** The recipient writes a report: what was spent in each category, then hands it in. */
export async function report(
  story: Story,
  recipient: string,
  which: number,
  spent: Record<string, string>,
  total: string,
): Promise<string> {
  const page = await story.as(recipient, story.grant);
  const { reports } = await api(page, "GET", story.grant);
  const address = `/reports/${reports[which].id}`;
  await page.locator(`main a[href="${address}"]`).first().click();
  await expect(page).toHaveURL(new RegExp(`${address}$`));
  const { lines } = await api(page, "GET", address);
  for (const [category, amount] of Object.entries(spent)) {
    const at = lines.findIndex((line: Answer["body"]) => line.category === category);
    await fill(page, { [`lines-${at}-reported`]: amount });
  }
  await fill(page, { narrative: "Les trois régions sont enregistrées; la formation suit le plan." });
  await story.look(page);
  await page.getByRole("button", { name: words("report-save", "fr") }).click();
  const handIn = page.getByRole("button", { name: words("report-submit", "fr") });
  await expect(handIn).toContainText(total);
  await confirm(page, "report-submit");
  return address;
}

/** Finance checks a report and accepts it whole. */
export async function accept(story: Story, address: string, share: string): Promise<void> {
  let page = await story.as("finance_preparer", address);
  await story.look(page);
  await page.getByRole("button", { name: words("report-check") }).click();
  await expect(page.getByText(words("report-check-saved"))).toBeVisible();
  // Who checked it does not accept it.
  await expect(page.getByRole("button", { name: words("report-accept") })).toHaveCount(0);
  page = await story.as("finance_approver", address);
  await confirm(page, "report-accept");
  await expect(page.locator("main dl")).toContainText(share);
  await story.look(page);
}

/** A payment of what a tranche has left, through four hands. */
export async function pay(story: Story, amount: string, reference: string): Promise<void> {
  let page = await story.as("finance_preparer", story.grant);
  await page.getByRole("button", { name: words("payment-prepare") }).first().click();
  await expect(page.locator("#f-amount")).toHaveValue(amount);
  await send(page);
  await confirm(await story.as("desk_officer", story.grant), "payment-verify");
  await confirm(await story.as("finance_approver", story.grant), "payment-approve");
  page = await story.as("finance_preparer", story.grant);
  await confirm(page, "payment-instruct");
  await page.getByRole("button", { name: words("payment-pay") }).first().click();
  await fill(dialog(page), { bank_reference: reference });
  await send(page);
  await expect(row(page, reference)).toHaveCount(1);
}
