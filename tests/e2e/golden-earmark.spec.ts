// A second scenario through the real pages, on both databases: three donors, one in Swiss francs whose money
// arrives at another rate than was budgeted, an earmark for Chad, a grant in CFA francs, the bank's statement
// and a locked month; from the donors' money to the last cent. What the first story shows is done by the API.

import { type Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import {
  type Story,
  accept,
  api,
  cells,
  choose,
  confirm,
  dialog,
  eur,
  expect,
  fill,
  pay,
  report,
  row,
  send,
  submit,
  test,
  write,
} from "./story.ts";
import { phrase, words } from "./words.ts";

test.describe.configure({ mode: "serial", timeout: 180_000 });

const TITLE = "openIMIS pour la couverture santé universelle au Tchad";
// EUR 60 000.00 and EUR 10 000.00 at the fixed parity of 655.957.
const GRANT_XAF = 39_357_420;
const OWN_XAF = 6_559_570;

async function fund(page: Page): Promise<string> {
  return (await api(page, "GET", "/session")).fund.id;
}

test("M50 M70 rates come from a file, seen first, and another person approves them", async ({ story }) => {
  let page = await story.as("finance_preparer", "/fund/rates/upload");
  const rates = "currency,date,kind,rate,source\nCHF,2026-03-01,budget,0.95,SNB\nXAF,2026-03-01,budget,655.957,BEAC\n";
  // A row that cannot be read keeps all of them out.
  await fill(page, { text: `${rates}CHF,2026-03-02,bank,nothing,SNB\n` });
  await page.getByRole("button", { name: words("upload-preview") }).click();
  await expect(page.locator("main")).toContainText("4");
  await story.look(page);
  await fill(page, { text: rates });
  await page.getByRole("button", { name: words("upload-preview") }).click();
  await page.getByRole("button", { name: words("rates-upload-confirm") }).click();
  await expect(page).toHaveURL(/\/fund\/rates$/);
  await expect(row(page, "655.957")).toContainText("XAF");
  await story.look(page);
  page = await story.as("finance_approver", "/fund/rates");
  await page.getByRole("button", { name: words("rates-tick-all") }).click();
  await confirm(page, "rates-approve");
  await story.look(page);
});

test("M20 M24 M52 three donors pay; the francs' gain is kept apart, the earmark told", async ({ story }) => {
  const contributions = "/fund/contributions";
  let page = await story.as("finance_preparer", contributions);
  const money = [
    ["BMZ", "BMZ-1", "EUR", "300000", "", "", ""],
    ["EU", "EU-1", "EUR", "150000", "", "", ""],
    ["SDC", "SDC-1", "CHF", "190000", "0.95", "0.94", ""],
    ["SDC", "SDC-TD", "EUR", "50000", "", "", "TD"],
  ] as const;
  for (const [donor, reference, currency, signed, rate, , country] of money) {
    await page.getByRole("button", { name: words("contribution-new") }).first().click();
    await choose(dialog(page), "donor_id", donor);
    await fill(dialog(page), { reference, currency, signed });
    if (rate) await fill(dialog(page), { budget_rate: rate, rate_source: "Agreement" });
    if (country) {
      await dialog(page).locator("summary").click();
      await fill(dialog(page), { "earmark-countries": country });
    }
    await send(page);
  }
  await expect(row(page, "SDC-TD")).toContainText("TD");
  page = await story.as("finance_approver", contributions);
  for (const [, reference] of money) {
    await row(page, reference).getByRole("button", { name: words("contribution-sign") }).click();
    await send(page);
  }
  page = await story.as("finance_preparer", contributions);
  for (const [, reference, , amount, , rate] of money) {
    await row(page, reference).first().getByRole("button", { name: words("receipt-new") }).click();
    await fill(dialog(page), { amount, bank_reference: `IN-${reference}` });
    if (rate) await fill(dialog(page), { bank_rate: rate, rate_source: "Advice" });
    await send(page);
  }
  page = await story.as("finance_approver", contributions);
  for (const [, reference] of money) await confirm(page, "receipt-confirm", row(page, `IN-${reference}`));
  // CHF 190 000 at 0.94 are EUR 202 127.66: EUR 2 127.66 more than was budgeted.
  await expect(row(page, "IN-SDC-1")).toContainText("202 127.66");
  await expect(row(page, "IN-SDC-1")).toContainText("2 127.66");
  page = await story.as("desk_officer", "/fund");
  await expect(page.locator("figure.bar").first()).toContainText("EUR 702 127.66");
});

/** The call, the proposal in francs, its scores and its vote: as in the first story, by the API. */
async function approve(story: Story): Promise<void> {
  let page = await story.as("desk_officer", "/calls");
  const call = await api(page, "POST", "/calls", {
    fund_id: await fund(page),
    code: "CIF-02",
    title: { en: "Second call", fr: "Deuxième appel" },
    window: "country_implementation",
    envelope: eur("150000.00"),
    zone: "Africa/Ndjamena",
    opens_local: "2026-03-03T09:00",
    closes_local: "2026-04-01T17:00",
    copy_of: null,
  });
  story.call = call.call.id;
  const path = `/calls/${story.call}`;
  const version = async (page: Page, of: string) => (await api(page, "GET", of)).version;
  page = await story.as("head_of_desk", path);
  await api(page, "POST", `${path}/publication`, undefined, await version(page, path));
  await story.server.advanceClock("2026-03-03T08:00:00Z");
  page = await story.as("applicant_td", "/proposals");
  story.p1 = await write(page, story.call, TITLE, "TD", GRANT_XAF, OWN_XAF, "XAF");
  await submit(page, story.p1);
  await story.server.advanceClock("2026-04-01T16:00:00Z");

  page = await story.as("desk_officer", path);
  const move = async (to: string) => api(page, "POST", `${path}/phase`, { to }, await version(page, path));
  const proposal = `/proposals/${story.p1}`;
  await move("screening");
  const screening = { outcome: "screened", reason: "", due_on: null };
  await api(page, "POST", `${proposal}/screening`, screening, await version(page, proposal));
  await move("review");
  const { candidates } = await api(page, "GET", `${path}/reviews`);
  const three = candidates.filter(({ name }: { name: string }) => /^Reviewer [123]/.test(name));
  await api(page, "POST", `${path}/reviews`, {
    proposal_ids: [story.p1],
    reviewer_ids: three.map(({ id }: { id: string }) => id),
    due_on: "2026-04-20",
  });
  for (const reviewer of ["reviewer", "reviewer2", "reviewer3"]) {
    page = await story.as(reviewer, "/reviews");
    const { items } = await api(page, "GET", "/reviews");
    await api(page, "PUT", `${proposal}/declaration`, { conflict: "none", explanation: "" });
    const { version, rubric } = await api(page, "GET", `/reviews/${items[0].id}`);
    const scores = rubric.criteria.map(({ key }: { key: string }) => ({ criterion: key, score: 4, comment: "Sound." }));
    const sheet = { scores, strengths: "Sound.", weaknesses: "Short.", light: "green", suggested: eur("60000.00") };
    await api(page, "POST", `/reviews/${items[0].id}/submission`, sheet, version);
  }
  page = await story.as("steering_facilitator", "/motions");
  await api(page, "POST", `${path}/unblinding`, { reason: "" });
  page = await story.as("desk_officer", path);
  await move("deliberation");
  page = await story.as("steering_facilitator", "/motions");
  const motion = { proposal_id: story.p1, outcome: "approved", amount: eur("60000.00"), conditions: "", off_rank_reason: "" };
  const { summary, version: drafted } = await api(page, "POST", "/motions", motion);
  const now = Date.parse((await api(page, "GET", "/session")).now);
  const closes_at = new Date(now + 9 * 86_400_000).toISOString();
  await api(page, "POST", `/motions/${summary.id}/opening`, { closes_at }, drafted);
  story.motion = summary.id;
  for (const voter of ["steering_voter", "steering_voter2"]) {
    page = await story.as(voter, "/motions");
    await api(page, "PUT", `${proposal}/declaration`, { conflict: "none", explanation: "" });
    await api(page, "POST", `/motions/${summary.id}/ballots`, { choice: "yes", reason: "", alternate_note: null });
  }
  await story.server.advanceClock(closes_at);
  page = await story.as("head_of_desk", path);
  await api(page, "POST", `${path}/results`, undefined, await version(page, path));
}

test("M24 M60 V7 the earmarked francs go to Chad, with the other donors' money by their shares", async ({ story }) => {
  await approve(story);
  const page = await story.as("steering_voter2", `/motions/${story.motion}`);
  await expect(page.locator(".notice").first()).toContainText("60 000,00 EUR");
  await story.look(page);
  // Shares of 300 : 150 : 200 + 50 thousand of 60 000.00; the cent left over goes to the largest deficit.
  const preparer = await story.as("finance_preparer", "/fund/ledger?account=reserved");
  for (const part of ["25 714.29", "12 857.14", "17 142.86", "4 285.71"]) {
    await expect(row(preparer, part)).toHaveCount(1);
  }
  await story.look(preparer);
});

test("M30 M51 the agreement pays euros and reports in CFA francs, and is signed", async ({ story }) => {
  let page = await story.as("desk_officer", "/grants");
  await row(page, TITLE).getByRole("button", { name: words("agreement-write") }).click();
  await fill(dialog(page), { number: "CIF-02-A1" });
  await dialog(page).locator("#f-reporting-currency").selectOption("XAF");
  await dialog(page).locator("#f-reporting-method").selectOption("weighted_average");
  await story.look(page);
  await dialog(page).locator("button[type=submit]").click();
  await expect(page).toHaveURL(/\/grants\/[0-9a-f-]{36}$/);
  story.grant = new URL(page.url()).pathname;
  await confirm(await story.as("head_of_desk", story.grant), "agreement-approve");
  await confirm(await story.as("desk_officer", story.grant), "agreement-send");
  page = await story.as("applicant_td", story.grant);
  await confirm(page, "agreement-sign");
  await expect(page.locator("main dl").first()).toContainText("XAF");
  await story.look(page);
});

/** The day on which the story is, as the server has it. */
async function today(page: Page): Promise<string> {
  return (await api(page, "GET", "/session")).now.slice(0, 10);
}

test("M31 M34 M70 a file for the bank: blocked rows say why, the others are ordered once", async ({ story }) => {
  let page = await story.as("finance_preparer", story.grant);
  await page.getByRole("button", { name: words("payee-enter") }).click();
  await fill(dialog(page), { iban: "DE89 3704 0044 0532 0130 00", bank: "Banque de N’Djaména" });
  await fill(dialog(page), { "address-street": "Avenue de Gaulle", "address-town": "N’Djaména", "address-country": "TD" });
  await send(page);
  page = await story.as("finance_approver", story.grant);
  await page.getByRole("button", { name: words("payee-verify") }).click();
  await fill(dialog(page), { number: "DE89370400440532013000" });
  await send(page);
  page = await story.as("finance_preparer", story.grant);
  await page.getByRole("button", { name: words("payment-prepare") }).first().click();
  await expect(page.locator("#f-amount")).toHaveValue("24000.00");
  await send(page);

  page = await story.as("finance_preparer", "/payments/files");
  await expect(row(page, "24 000.00")).toContainText(phrase("obstacle-not-verified"));
  await expect(page.getByRole("button", { name: words("batch-create") })).toHaveCount(0);
  await story.look(page);
  await confirm(await story.as("desk_officer", story.grant), "payment-verify");
  await confirm(await story.as("finance_approver", story.grant), "payment-approve");
  page = await story.as("finance_preparer", "/payments/files");
  await page.getByRole("button", { name: words("batch-tick-all") }).click();
  await confirm(page, "batch-create");
  await expect(page.getByText(words("batch-none"))).toBeVisible();
  await story.look(page);
  const arriving = page.waitForEvent("download");
  await page.locator("a[download]").click();
  const [head = "", line = ""] = readFileSync(await (await arriving).path(), "utf8").split("\r\n");
  const columns = cells(head.replace("\ufeff", ""));
  const cell = (name: string) => cells(line)[columns.indexOf(name)] ?? "";
  expect([cell("amount"), cell("currency")]).toEqual(["24000.00", "EUR"]);
  endToEndId = cell("end_to_end_id");
  expect(endToEndId).not.toBe("");

  page = await story.as("finance_preparer", story.grant);
  await page.getByRole("button", { name: words("payment-pay") }).first().click();
  await fill(dialog(page), { bank_reference: "OUT-TD-1" });
  await send(page);
  // The shares of the commitment: 25 714.29 : 12 857.14 : 21 428.57 of 60 000.00.
  for (const part of ["BMZ 10 285.72", "EU 5 142.85", "SDC 8 571.43"]) {
    await expect(row(page, "OUT-TD-1")).toContainText(part);
  }
});

let endToEndId = "";

test("M71 the bank's statement explains every cent, the month is locked and takes nothing more", async ({ story }) => {
  let page = await story.as("finance_preparer", "/fund/bank");
  await page.getByRole("button", { name: words("account-add") }).click();
  await fill(dialog(page), { name: "Commerzbank, grants", iban: "DE02 1203 0000 0000 2020 51" });
  await fill(dialog(page), {
    "profile-date": "Buchungstag",
    "profile-amount": "Betrag",
    "profile-reference": "Referenz",
    "profile-end_to_end_id": "End-to-End",
    "profile-text": "Text",
  });
  await story.look(page);
  await send(page);

  const { items } = await api(page, "GET", `/funds/${await fund(page)}/receipts`);
  const paid = await today(page);
  const dotted = (day: string) => day.split("-").reverse().join(".");
  const received = items[0].received_on;
  const lines = [
    `${dotted(received)};300.000,00;IN-BMZ-1;;BMZ`,
    `${dotted(received)};150.000,00;IN-EU-1;;EU`,
    `${dotted(received)};202.127,66;IN-SDC-1;;SDC, CHF 190 000`,
    `${dotted(received)};50.000,00;IN-SDC-TD;;SDC`,
    `${dotted(paid)};-24.000,00;B-77;${endToEndId};CIF-02-A1`,
  ];
  const statement = (last: string) => `Buchungstag;Betrag;Referenz;End-to-End;Text\r\n${[...lines, last].join("\r\n")}\r\n`;
  await page.getByRole("button", { name: words("statement-import") }).click();
  // Nothing is taken in of a file with a wrong row.
  await fill(dialog(page), { text: statement(`${dotted(received)};-12,505;FEE;;Fee`) });
  await dialog(page).getByRole("button", { name: words("upload-preview") }).click();
  await expect(dialog(page).getByRole("button", { name: words("statement-confirm") })).toHaveCount(0);
  await story.look(page);
  await fill(dialog(page), { text: statement(`${dotted(received)};-12,50;FEE;;Account fee`) });
  await dialog(page).getByRole("button", { name: words("upload-preview") }).click();
  await dialog(page).getByRole("button", { name: words("statement-confirm") }).click();
  await expect(dialog(page)).toBeHidden();

  page = await story.as("finance_preparer", `/fund/bank?from=${received}&until=${paid}`);
  await page.getByRole("button", { name: words("bank-confirm-all") }).click();
  await expect(page.locator("dl").last()).toContainText("EUR 12.50");
  // The fee stands on the statement alone: somebody says why.
  await page.locator("input[type=checkbox]").first().check();
  await page.getByRole("button", { name: words("bank-explain") }).click();
  await fill(dialog(page), { reason: "The bank's fee for the account; the initiative bears it" });
  await story.look(page);
  await send(page);
  await expect(page.getByText(words("bank-all-explained"))).toBeVisible();
  await story.look(page);

  page = await story.as("finance_preparer", "/fund/periods?year=2026");
  const month = row(page, "March 2026");
  await month.getByRole("button", { name: words("period-propose-lock") }).click();
  await expect(month).toContainText(phrase("period-own"));
  await story.look(page);
  page = await story.as("finance_approver", "/fund/periods?year=2026");
  await confirm(page, "period-lock", row(page, "March 2026"));
  await story.look(page);
  page = await story.as("finance_preparer", "/fund/allocations");
  await page.getByRole("button", { name: words("allocation-new") }).first().click();
  await dialog(page).locator("input[value=reserve]").check();
  await fill(dialog(page), { amount: "1000", reason: "Too late", posted_on: received });
  await dialog(page).locator("button[type=submit]").click();
  await expect(dialog(page).locator("[aria-invalid=true]")).toHaveCount(1);
});

/** The recipient tells what its bank credited, finance confirms it. */
async function credited(story: Story, reference: string, francs: string, shown: string): Promise<void> {
  let page = await story.as("applicant_td", story.grant);
  await row(page, reference).getByRole("button", { name: words("credit-record", "fr") }).click();
  await fill(dialog(page), { received: francs, reference: `BEAC-${reference}` });
  await story.look(page);
  await send(page);
  page = await story.as("finance_approver", story.grant);
  await confirm(page, "credit-confirm", row(page, reference));
  await expect(row(page, reference)).toContainText(shown);
}

test("M33 M41 M51 M53 francs become euros at the rate of the own transfers, rounding apart", async ({ story }) => {
  // 24 000.00 arrive as XAF 15 742 968: 655.957 for a euro.
  await credited(story, "OUT-TD-1", "15742968", "XAF 15 742 968");
  let page = await story.as("finance_preparer", story.grant);
  const { tranches } = await api(page, "GET", story.grant);
  await story.later(tranches[1].due_on);
  const spent = { staff: "16400003", local_partners: "1967800" };
  const address = await report(story, "applicant_td", 0, spent, "18 367 803 XAF");
  // 25 001.64 and 2 999.89 of 28 001.54: the cent stands in a row of its own.
  page = await story.as("finance_preparer", address);
  for (const [category, eur] of [
    ["25 001.64", "16 400 003"],
    ["2 999.89", "1 967 800"],
  ] as const) {
    await expect(row(page, eur)).toContainText(category);
  }
  await expect(row(page, "0.01").last()).toContainText(phrase("report-rounding"));
  await accept(story, address, "EUR 28 001.54");
  page = await story.as("applicant_td", story.grant);
  await confirm(page, "tranche-request");
  page = await story.as("desk_officer", story.grant);
  await page.getByRole("button", { name: words("tranche-release") }).click();
  await expect(dialog(page)).toContainText("EUR 30 000.00");
  await send(page);
  await pay(story, "30000.00", "OUT-TD-2");
  // EUR 54 000.00 in all for XAF 35 342 968.
  await credited(story, "OUT-TD-2", "19600000", "XAF 19 600 000");
});

test("M41 M42 M43 a disallowance, the final grant, the refund and what returns to each contribution", async ({ story }) => {
  let page = await story.as("finance_preparer", story.grant);
  const { reports } = await api(page, "GET", story.grant);
  await story.later(reports[1].due_on);
  const spent = { staff: "21500002", local_partners: "1309000" };
  const address = await report(story, "applicant_td", 1, spent, "22 809 002 XAF");
  page = await story.as("finance_preparer", address);
  // A disallowance needs its reason.
  await fill(page, { "disallowances-0-amount": "500000" });
  await page.getByRole("button", { name: words("report-check") }).click();
  await expect(page.locator("#f-disallowances-0-reason-error")).not.toBeEmpty();
  await fill(page, { "disallowances-0-reason": "Fuel without a logbook" });
  await story.look(page);
  await page.getByRole("button", { name: words("report-check") }).click();
  await expect(page.getByText(words("report-check-saved"))).toBeVisible();
  // 28 001.54 and 34 085.60 are accepted; six sevenths are the grant's: 53 217.55, 782.45 less than was paid.
  await accept(story, address, "EUR 62 087.14");
  page = await story.as("finance_preparer", story.grant);
  await expect(page.locator("main")).toContainText("EUR 53 217.55");
  await confirm(page, "recovery-raise");
  await confirm(page, "recovery-notify");
  await story.look(page);
  await page.getByRole("button", { name: words("refund-record") }).click();
  await expect(page.locator("#f-amount")).toHaveValue("782.45");
  await fill(dialog(page), { bank_reference: "BACK-TD-1" });
  await send(page);
  page = await story.as("finance_approver", story.grant);
  await confirm(page, "refund-confirm");
  page = await story.as("head_of_desk", story.grant);
  await confirm(page, "grant-close");
  await expect(page.locator("main")).toContainText("EUR 6 782.45");
  await story.look(page);
});

test("M3 M25 M61 in the end the ledger holds, and screen, files and donors' statements agree", async ({ story }) => {
  let page = await story.as("finance_approver", "/fund/ledger/check");
  await page.getByRole("button", { name: words("ledger-check-run") }).click();
  await expect(page.getByText(words("ledger-check-clean"))).toBeVisible();
  page = await story.as("head_of_desk", "/fund");
  // 702 127.66 less 53 217.55.
  await expect(page.locator("figure.bar").first()).toContainText("EUR 648 910.11");
  page = await story.as("head_of_desk", "/fund/statement");
  await story.look(page);
  page = await story.as("head_of_desk", "/fund/forecast");
  await story.look(page);

  page = await story.as("finance_preparer", "/exports?name=disbursements&dialect=standard");
  const sum = async (column: string) =>
    (await page.locator("table.totals tr").filter({ hasText: column }).first().innerText()).match(/-?[\d\s\u202f]+\.\d\d/)?.[0] ?? "";
  const cents = (text: string) => Number(text.replaceAll(/[\s\u202f.]/g, ""));
  await expect(page.locator("table.totals tr").filter({ hasText: "amount" }).first()).toContainText("53 217.55");
  let parts = 0;
  for (const donor of ["donor_BMZ", "donor_EU", "donor_SDC"]) parts += cents(await sum(donor));
  expect(parts).toBe(53_217_55);
});
