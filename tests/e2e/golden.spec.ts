// The golden scenario (DOMAIN §7) through the real pages, each role in a browser of its own: from the donors'
// money to the last cent of the closed grant. One story, told in order on one server and on both databases;
// what another test shows already is done by the API, from within the person's own browser.

import { readFileSync } from "node:fs";
import {
  type Answer,
  accept,
  api,
  cells,
  choose,
  closeVote,
  confirm,
  dialog,
  eur,
  expect,
  fill,
  pay,
  report,
  request,
  row,
  send,
  submit,
  test,
  vote,
  write,
} from "./story.ts";
import { phrase, words } from "./words.ts";

test.describe.configure({ mode: "serial", timeout: 180_000 });

const P1 = "openIMIS pour le chèque santé dans trois régions";
const P2 = "Claims review and provider payment in two provinces";
const P3 = "Member registration, first regions";

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
    if (rate) await fill(dialog(page), { budget_rate: rate, rate_source: "Agreement" });
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
    if (rate) await fill(dialog(page), { bank_rate: rate, rate_source: "Advice 1" });
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
  // The applicants learn the results before the agreement (V10).
  page = await story.as("head_of_desk", `/calls/${story.call}`);
  await confirm(page, "call-release-results");
  page = await story.as("desk_officer", story.grant);
  await confirm(page, "agreement-send");
  page = await story.as("applicant_lead", story.grant);
  await confirm(page, "agreement-sign");
  await expect(page.locator("figure.bar").first()).toContainText("100 000,00 EUR");
  await story.look(page);
  page = await story.as("desk_officer", "/fund");
  await expect(page.locator("figure.bar").first()).toContainText("EUR 710 000.00");

  // P2's is signed, too: its reservation would lapse long before P1 is closed.
  const { items } = await api(page, "GET", "/awards");
  const award = items.find((item: Answer["body"]) => item.proposal_id === story.p2);
  const tranche = (amount: string, due_on: string) => ({ amount: eur(amount), due_on, condition: "" });
  const p2 = await api(page, "POST", "/grants", {
    decision_id: award.decision_id,
    number: "CIF-01-A2",
    starts_on: "2026-07-01",
    ends_on: "2027-06-30",
    tranches: [tranche("36000.00", "2026-07-01"), tranche("45000.00", "2027-01-01"), tranche("9000.00", "2027-09-30")],
  });
  for (const [who, step] of [
    ["head_of_desk", "approval"],
    ["desk_officer", "dispatch"],
    ["applicant_np", "signature"],
  ] as const) {
    page = await story.as(who, `/grants/${p2.id}`);
    const { version } = await api(page, "GET", `/grants/${p2.id}`);
    await api(page, "POST", `/grants/${p2.id}/${step}`, undefined, version);
  }
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

test("M32 M33 M41 spending under 70 % cuts the second tranche to EUR 37 999.99", async ({ story }) => {
  let page = await story.as("finance_preparer", story.grant);
  const { tranches } = await api(page, "GET", story.grant);
  await story.later(tranches[1].due_on);
  // Nothing is paid before the report that is due is accepted.
  page = await story.as("finance_preparer", story.grant);
  await expect(row(page, "50 000.00").first()).toContainText(phrase("block-reason-report-not-accepted"));
  await accept(story, await report(story, "applicant_lead", 0, { staff: "34999.99" }, "34 999,99 EUR"), "EUR 27 999.99");

  page = await story.as("applicant_lead", story.grant);
  await confirm(page, "tranche-request");
  await story.look(page);
  page = await story.as("desk_officer", story.grant);
  await page.getByRole("button", { name: words("tranche-release") }).click();
  await expect(dialog(page)).toContainText("EUR 37 999.99");
  await story.look(page);
  await send(page);
  await expect(row(page, "37 999.99").first()).toBeVisible();
  await pay(story, "37999.99", "BANK-OUT-2");
  page = await story.as("desk_officer", story.grant);
  await expect(page.locator("figure.bar").first()).toContainText("EUR 77 999.99");
});

test("M42 M43 the final grant is EUR 90 000.00, the balance is paid and the rest decommitted", async ({ story }) => {
  let page = await story.as("finance_preparer", story.grant);
  const { reports } = await api(page, "GET", story.grant);
  await story.later(reports[1].due_on);
  const spent = {
    staff: "5000,01",
    software_adaptation: "30000",
    training: "20000",
    travel: "10000",
    local_partners: "12500",
  };
  await accept(story, await report(story, "applicant_lead", 1, spent, "77 500,01 EUR"), "EUR 112 500.00");

  page = await story.as("finance_preparer", story.grant);
  await expect(page.locator("main")).toContainText("EUR 90 000.00");
  await expect(page.locator("main")).toContainText("EUR 12 000.01");
  await pay(story, "12000.01", "BANK-OUT-3");
  page = await story.as("head_of_desk", story.grant);
  await expect(page.locator("figure.bar").first()).toContainText("EUR 90 000.00");
  await story.look(page);
  await confirm(page, "grant-close");
  await expect(page.locator("main")).toContainText("EUR 10 000.00");
  await story.look(page);

  // What was decommitted is there again, for the call and for the fund.
  page = await story.as("head_of_desk", "/fund");
  await expect(page.locator("figure.bar").first()).toContainText("EUR 720 000.00");
  await expect(row(page, "CIF-01").first()).toContainText("20 000.00");
  page = await story.as("desk_officer", `/calls/${story.call}/ranking`);
  await expect(row(page, P3).last()).toContainText("40 000.00");
  await story.look(page);
});

test("M25 M60 M72 the ledger and the chain hold, and the last files agree with the screen", async ({ story }) => {
  let page = await story.as("finance_approver", "/fund/ledger/check");
  await page.getByRole("button", { name: words("ledger-check-run") }).click();
  await expect(page.getByText(words("ledger-check-clean"))).toBeVisible();
  await story.look(page);
  page = await story.as("auditor", "/audit");
  await page.getByRole("button", { name: words("audit-check") }).click();
  await expect(page.locator("section.card .notice.good")).toBeVisible();
  await story.look(page);

  page = await story.as("finance_preparer", "/exports?name=disbursements&dialect=standard");
  for (const [column, sum] of [
    ["amount", "EUR 90 000.00"],
    ["donor_BMZ", "EUR 54 000.00"],
    ["donor_SDC", "EUR 36 000.00"],
  ] as const) {
    await expect(page.locator("table.totals tr").filter({ hasText: column })).toContainText(sum);
  }
});
