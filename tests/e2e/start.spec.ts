// The first thing anybody sees, before signing in, in each language.

import { expect, expectAccessible, expectFits, test } from "./support.ts";

for (const locale of ["en-GB", "fr-FR"]) {
  test.describe(locale, () => {
    test.use({ locale });

    test("the start page loads, is in the reader's language, accessible and fits a phone", async ({ page }) => {
      await page.goto("/");
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.locator("html")).toHaveAttribute("lang", locale.slice(0, 2));
      await expect(page).toHaveTitle(/\S/);
      await expectAccessible(page);
      await expectFits(page);
    });
  });
}
