// The keyboard alone suffices: a voter signs in, declares and votes without a pointer, and always sees where they are.

import { type Page } from "@playwright/test";
import { expect, signIn, test } from "./support.ts";
import { phrase, words } from "./words.ts";

// SDC's voter reads French and has a motion waiting.
test.use({ scenario: "demo", ownServer: true, locale: "fr-FR" });

/** Presses Tab until the focus is on something that fits; within what a patient person would press. */
async function tabTo(page: Page, what: string, fits: (focused: { tag: string; text: string; value: string }) => boolean) {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return undefined;
      const style = getComputedStyle(element);
      const isSeen = style.outlineStyle !== "none" || style.boxShadow !== "none";
      const value = element instanceof HTMLInputElement ? element.value : "";
      const text = element.getAttribute("aria-label") ?? element.textContent ?? "";
      return { tag: element.tagName, text: text.trim(), value, isSeen };
    });
    if (!focused || !fits(focused)) continue;
    expect(focused.isSeen, `the focus on ${what} is seen`).toBe(true);
    return;
  }
  throw new Error(`no ${what} within 80 presses of Tab on ${page.url()}`);
}

test("a voter signs in and votes with the keyboard alone", async ({ page }) => {
  test.setTimeout(120_000);
  // `signIn` types, presses Enter and never clicks.
  await signIn(page, "steering_voter2");
  await tabTo(page, "the votes", ({ tag, text }) => tag === "A" && words("nav-motions", "fr").test(text));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(page).toHaveURL(/\/motions$/);

  const waiting = page.locator("tbody tr").filter({ hasText: phrase("motion-waits", "fr") }).first();
  const number = (await waiting.getByRole("link").first().innerText()).trim();
  await tabTo(page, number, ({ tag, text }) => tag === "A" && text === number);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/motions\/./);

  await tabTo(page, "the declaration", ({ tag, text }) => tag === "A" && words("ballot-declare-do", "fr").test(text));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await tabTo(page, "the choice", ({ value }) => value === "none");
  await page.keyboard.press("Space");
  await tabTo(page, "the declaration's button", ({ text }) => words("declare-send", "fr").test(text));
  await page.keyboard.press("Enter");

  await expect(page).toHaveURL(/\/motions\/./);
  await tabTo(page, "the choice", ({ value }) => value === "yes");
  await page.keyboard.press("Space");
  await tabTo(page, "the ballot's button", ({ text }) => words("ballot-send", "fr").test(text));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await tabTo(page, "the confirmation", ({ text }) => words("ballot-confirm", "fr").test(text));
  await page.keyboard.press("Enter");
  await expect(page.getByText(words("ballot-cast", "fr"))).toBeVisible();
});
