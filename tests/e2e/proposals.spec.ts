// Writing a proposal as an implementer on a slow link does: no word is ever lost.

import { type Locator, type Page } from "@playwright/test";
import { expect, expectAccessible, expectFits, type Server, signIn, test } from "./support.ts";

test.use({ ownServer: true, locale: "fr-FR", timezoneId: "Africa/Niamey" });

/** Calls the API as somebody, without a browser. */
async function as(server: Server, who: string): Promise<(method: string, path: string, body?: unknown, version?: number) => Promise<any>> {
  let cookie = "";
  const call = async (method: string, path: string, body?: unknown, version?: number) => {
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

/** Starts a draft in a fresh open call, through the page, and gives its address. */
async function startDraft(page: Page, server: Server): Promise<string> {
  const desk = await as(server, "desk_officer");
  const head = await as(server, "head_of_desk");
  const { fund } = await desk("GET", "/session");
  const call = await desk("POST", "/calls", {
    fund_id: fund.id,
    code: "CIF-2026-09",
    title: { en: "A call", fr: "Un appel" },
    window: "country_implementation",
    envelope: { amount: "200000.00", currency: "EUR" },
    zone: "Africa/Niamey",
    opens_local: "2026-03-01T08:00",
    closes_local: "2026-03-12T17:00",
    copy_of: null,
  });
  await head("POST", `/calls/${call.call.id}/publication`, {}, call.version);
  await signIn(page, "applicant_ne");
  await page.goto(`/proposals/new?call=${call.call.id}`);
  await page.getByLabel("Titre").fill("Inscription numérique dans la région de Dosso");
  await page.getByLabel("Pays").selectOption("NE");
  await page.getByLabel("Français").check();
  await page.getByLabel("Monnaie du budget").selectOption("EUR");
  await page.getByRole("button", { name: "Commencer une proposition" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Inscription numérique" })).toBeVisible();
  return page.url();
}

const answer = (page: Page): Locator => page.locator("textarea").first();
const saved = (page: Page): Locator => page.locator(".save-state", { hasText: "Enregistré" }).first();

test("text typed without a connection survives a reload and reaches the server", async ({ page, context, server }) => {
  await startDraft(page, server);
  await page.locator(".tasks a").nth(1).click();
  await answer(page).fill("Première phrase.");
  await expect(saved(page)).toBeVisible();

  await context.setOffline(true);
  await answer(page).fill("Première phrase. Écrite hors ligne.");
  await expect(page.locator(".save-state", { hasText: "Hors ligne" })).toBeVisible();
  await context.setOffline(false);
  // As if the browser had been closed before the connection came back.
  await page.reload();
  await expect(answer(page)).toHaveValue("Première phrase. Écrite hors ligne.");
  await expect(saved(page)).toBeVisible();
  await expectAccessible(page);
  await expectFits(page);
});

test("two people write the same answer: both texts are shown and can be combined", async ({ page, browser, server }) => {
  const url = await startDraft(page, server);
  await page.locator(".tasks a").nth(1).click();
  await expect(answer(page)).toBeVisible();
  const other = await browser.newContext({ baseURL: server.url, locale: "fr-FR" });
  const colleague = await other.newPage();
  await signIn(colleague, "applicant_ne");
  await colleague.goto(url);
  await colleague.locator(".tasks a").nth(1).click();
  await answer(colleague).fill("Texte de ma collègue.");
  await expect(saved(colleague)).toBeVisible();
  await other.close();

  await answer(page).fill("Mon texte.");
  await expect(page.getByText("Quelqu’un a modifié cette réponse")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Réunir les deux" }).click();
  await expect(answer(page)).toHaveValue("Texte de ma collègue.\n\nMon texte.");
  await expect(saved(page)).toBeVisible();
});

test("the budget sums and names broken rules as one types, on the keyboard alone", async ({ page, server }) => {
  const url = await startDraft(page, server);
  await page.goto(`${url}/budget`);
  await page.getByRole("button", { name: "Ajouter une ligne" }).click();
  await page.getByLabel("Catégorie, ligne 1").selectOption("staff");
  await page.getByLabel("Activité ou étape, ligne 1").fill("Chef de projet");
  await page.getByLabel("Unité, ligne 1").fill("mois");
  await page.getByLabel("Quantité, ligne 1").fill("10");
  await page.getByLabel("Coût unitaire, ligne 1").fill("10000,00");
  await page.getByLabel("Coût unitaire, ligne 1").press("Enter");
  await page.getByLabel("Catégorie, ligne 2").selectOption("indirect");
  await page.getByLabel("Quantité, ligne 2").fill("1");
  await page.getByLabel("Coût unitaire, ligne 2").fill("7000.01");
  const sums = page.locator(".totals");
  await expect(sums).toContainText("7 % des coûts directs");
  await page.getByLabel("Coût unitaire, ligne 2").fill("7000.00");
  await expect(sums.locator(".field-error")).toHaveCount(0);
  await page.getByLabel("Coût unitaire, ligne 2").fill("1e3");
  await expect(page.getByText("conservées sur cet appareil")).toBeVisible();
  await page.getByLabel("Coût unitaire, ligne 2").fill("7000");
  await expect(saved(page)).toBeVisible();
  await expectAccessible(page);
  await expectFits(page);
});
