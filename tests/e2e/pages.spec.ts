// Every page that a role's navigation leads to, in both languages: accessible, within a phone's width,
// with one heading and a title of its own. What a feature's pages do is told in that feature's spec.

import { type Page } from "@playwright/test";
import { expect, expectAccessible, expectFits, signIn, test, type Role } from "./support.ts";

const roles: Role[] = [
  "admin",
  "desk_officer",
  "finance_preparer",
  "finance_approver",
  "head_of_desk",
  "steering_voter",
  "steering_facilitator",
  "reviewer",
  "advisor",
  "hub",
  "applicant_lead",
  "applicant_member",
  "endorser",
  "auditor",
];

// Who sees the most; the others' pages are among theirs, or in the navigation.
const followsLinks = new Set<Role>(["desk_officer", "finance_preparer", "steering_voter", "reviewer", "applicant_lead"]);

// Full pages, not empty ones.
test.use({ scenario: "demo" });

// They only look.
test.describe.configure({ mode: "parallel" });

/** Nothing stands there by its key instead of its text: `calls-title`. */
async function expectTranslated(page: Page): Promise<void> {
  const keys = await page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent?.trim() ?? "";
      // File names and hashes stand in <code>, what was typed in <q>.
      const isCode = walker.currentNode.parentElement?.closest("code, script, style, q");
      if (!isCode && /^[a-z]+(-[a-z0-9]+)+$/.test(text)) found.push(text);
    }
    return found;
  });
  expect(keys, `keys instead of texts: ${page.url()}`).toEqual([]);
}

/** What must hold for a page as it stands, in the language it is in; then the switch, which keeps the page (F7). */
async function expectSound(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  await expect(page.locator("[aria-busy=true], .skeleton")).toHaveCount(0);
  await expectTranslated(page);
  await expectAccessible(page);
  await expectFits(page);
  const address = page.url();
  await page.locator("header button[lang]").click();
  expect(page.url(), "the switch of language keeps the page").toBe(address);
}

/** The kind of page behind an address: `/grants/…`. */
function kind(address: string): string {
  return address.replace(/[?#].*/, "").replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "…");
}

/** The links in the page's own part that lead to other pages. */
function links(page: Page): Promise<string[]> {
  return page.locator("main a[href^='/']:not([download]):not([href^='/api/'])").evaluateAll((all) =>
    all.map((link) => link.getAttribute("href") ?? ""),
  );
}

for (const role of roles) {
  test(`every page that ${role} gets to`, async ({ page }) => {
    test.setTimeout(600_000);
    await signIn(page, role);
    const navigation = page.getByRole("navigation").getByRole("link");
    await expect(navigation.first()).toBeVisible();
    const entries = await navigation.evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
    const titles = new Set<string>();
    const known = new Set(entries.map(kind));
    const found: string[] = [];
    for (const address of new Set(entries)) {
      const moves = new URL(page.url()).pathname !== address;
      await navigation.and(page.locator(`[href="${address}"]`)).first().click();
      // A reader who sees nothing hears where they are.
      if (moves) await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
      for (const round of ["first language", "other language"]) {
        await test.step(`${address}, ${round}`, async () => {
          await expect(page.locator("[aria-busy=true], .skeleton")).toHaveCount(0);
          titles.add(`${round}: ${await page.title()}`);
          found.push(...(await links(page)));
          await expectSound(page);
        });
      }
    }
    expect(titles.size, "each page has a title of its own, in each language").toBe(2 * new Set(entries).size);

    // And one of each kind that a link leads on to, however far.
    if (!followsLinks.has(role)) return;
    for (let address = found.shift(); address !== undefined; address = found.shift()) {
      if (known.has(kind(address))) continue;
      known.add(kind(address));
      await page.goto(address);
      for (const round of ["first language", "other language"]) {
        await test.step(`${address}, ${round}`, () => expectSound(page));
      }
      found.push(...(await links(page)));
    }
  });
}
