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

// Full pages, not empty ones.
test.use({ scenario: "demo" });

/** Nothing stands there by its key instead of its text: `calls-title`. */
async function expectTranslated(page: Page): Promise<void> {
  const keys = await page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent?.trim() ?? "";
      // File names and hashes stand in <code>.
      const isCode = walker.currentNode.parentElement?.closest("code, script, style");
      if (!isCode && /^[a-z]+(-[a-z0-9]+)+$/.test(text)) found.push(text);
    }
    return found;
  });
  expect(keys, `keys instead of texts: ${page.url()}`).toEqual([]);
}

for (const role of roles) {
  test(`every page in the navigation of ${role}`, async ({ page }) => {
    test.setTimeout(180_000);
    await signIn(page, role);
    const links = page.getByRole("navigation").getByRole("link");
    await expect(links.first()).toBeVisible();
    const addresses = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
    const titles = new Set<string>();
    for (const address of new Set(addresses)) {
      const moves = new URL(page.url()).pathname !== address;
      await links.and(page.locator(`[href="${address}"]`)).first().click();
      // A reader who sees nothing hears where they are.
      if (moves) await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
      for (const round of ["first language", "other language"]) {
        await test.step(`${address}, ${round}`, async () => {
          await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
          await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
          titles.add(`${round}: ${await page.title()}`);
          await expectTranslated(page);
          await expectAccessible(page);
          await expectFits(page);
          // The switch keeps the page (F7).
          await page.locator("header button[lang]").click();
          await expect(page).toHaveURL(new RegExp(`${address.replaceAll("/", "\\/")}$`));
        });
      }
    }
    expect(titles.size, "each page has a title of its own, in each language").toBe(2 * new Set(addresses).size);
  });
}
