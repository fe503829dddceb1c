// What every browser test stands on: a server of its own making, a way in for each role, a clock to turn,
// and eyes for what a person would trip over. A spec imports `test` and `expect` from here:
//
//   import { expect, expectAccessible, signIn, test } from "./support.ts";
//
//   test("a desk officer sees what waits", async ({ page }) => {
//     await signIn(page, "desk_officer");
//     await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
//     await expectAccessible(page);
//   });
//
// All tests of one worker share a server. A file that changes what others read, or turns the clock, says
//
//   test.use({ ownServer: true });
//
// and each of its tests gets a fresh one. What a server begins with is its scenario: `people`, the fund with its
// accounts and nothing else, or with `test.use({ scenario: "demo" })` the whole worked example.
//
// The server is the binary `e2e-server` of the crate `tests`. Once it takes requests it prints one line:
//
//   {"url": "http://127.0.0.1:41234", "control": "http://127.0.0.1:41235",
//    "accounts": {"desk_officer": {"email": "…", "password": "…"}, …}}
//
// It ends by SIGTERM, and when its standard input closes, so that it never outlives the tests.

import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect, type BrowserContext, type Page } from "@playwright/test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A role of DOMAIN §1, by the word the API uses for it. */
export type Role =
  | "admin"
  | "desk_officer"
  | "finance_preparer"
  | "finance_approver"
  | "head_of_desk"
  | "steering_voter"
  | "steering_facilitator"
  | "reviewer"
  | "advisor"
  | "hub"
  | "applicant_lead"
  | "applicant_member"
  | "endorser"
  | "auditor";

/** What a server begins with. */
export type Scenario = "people" | "demo";

interface Account {
  email: string;
  password: string;
}

interface Announcement {
  url: string;
  control: string;
  /** By role; a second holder of a role has a number after it: "reviewer", "reviewer2". */
  accounts: Record<string, Account>;
}

/** A running server. */
export interface Server extends Announcement {
  /** Sets the clock, forward only, and does what is due by then. */
  advanceClock(to: string): Promise<void>;
  stop(): Promise<void>;
}

const binary = process.env.E2E_SERVER ?? fileURLToPath(new URL("../../target/debug/e2e-server", import.meta.url));
// A debug build fills the scenario's database on a busy machine.
const startLimitMs = 60_000;

// The same on every server, whatever its scenario: so `signIn` needs no server named.
let accounts: Announcement["accounts"] = {};

/** Starts a server on a free port; `database` is `sqlite` or the address of a PostgreSQL server. */
export async function startServer(scenario: Scenario, database: string): Promise<Server> {
  const child = spawn(binary, ["--database", database, "--scenario", scenario], { stdio: ["pipe", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => {
    // The end says what went wrong; a chatty server must not fill the memory.
    complaints = (complaints + chunk.toString()).slice(-20_000);
  });
  const ended = once(child, "exit").catch((error: unknown) => [String(error)]);
  const announced = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith("{")) return JSON.parse(line) as Announcement;
    }
    return undefined;
  })();
  const tooLate = AbortSignal.timeout(startLimitMs);
  const announcement = await Promise.race([
    announced,
    ended.then(() => undefined),
    once(tooLate, "abort").then(() => undefined),
  ]);
  if (!announcement) {
    child.kill("SIGKILL");
    const how = tooLate.aborted ? `took no requests within ${startLimitMs / 1000} s` : "ended before it took requests";
    throw new Error(`${binary} ${how}:\n${complaints}`);
  }
  accounts = announcement.accounts;
  // Read on, or the server blocks on a full pipe.
  child.stdout.resume();
  return {
    ...announcement,
    async advanceClock(to) {
      const response = await fetch(new URL("/advance", announcement.control), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ to }),
      });
      if (!response.ok) throw new Error(`the clock did not turn to ${to}: ${response.status} ${await response.text()}`);
    },
    async stop() {
      child.stdin.end();
      child.kill("SIGTERM");
      await ended;
    },
  };
}

interface TestFixtures {
  /** Whether each test has a server of its own; false: the worker's. */
  ownServer: boolean;
  scenario: Scenario;
  server: Server;
  advanceClock: (to: string) => Promise<void>;
  /** Fails a test whose page went wrong in silence; always on. */
  noSilentErrors: void;
}

interface WorkerFixtures {
  /** What the servers stand on; each project of `playwright.config.ts` says it. */
  database: string;
  sharedServer: (scenario: Scenario) => Promise<Server>;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  ownServer: [false, { option: true }],
  scenario: ["people", { option: true }],

  database: ["sqlite", { option: true, scope: "worker" }],

  sharedServer: [
    async ({ database }, use) => {
      const started = new Map<Scenario, Promise<Server>>();
      await use((scenario) => {
        const server = started.get(scenario) ?? startServer(scenario, database);
        started.set(scenario, server);
        return server;
      });
      // One that did not start has said so where it was asked for.
      await Promise.allSettled([...started.values()].map(async (server) => (await server).stop()));
    },
    { scope: "worker" },
  ],

  // With its own limit: a server's start is no part of the test's time.
  server: [
    async ({ ownServer, scenario, database, sharedServer }, use) => {
      if (!ownServer) return use(await sharedServer(scenario));
      const server = await startServer(scenario, database);
      await use(server);
      await server.stop();
    },
    { timeout: startLimitMs + 10_000 },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  advanceClock: async ({ server, ownServer }, use) => {
    await use(async (to) => {
      if (!ownServer) throw new Error("turning the clock changes the day for others: test.use({ ownServer: true })");
      await server.advanceClock(to);
    });
  },

  noSilentErrors: [
    async ({ context, server }, use) => {
      const wrong = silentErrors(context, server);
      await use();
      expect(wrong, "errors nobody would have seen").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** What goes wrong in a context's pages from now on without a person seeing it; grows as it happens. */
export function silentErrors(context: BrowserContext, server: Server, wrong: string[] = []): string[] {
  context.on("weberror", (error) => wrong.push(`uncaught: ${error.error().message}`));
  context.on("console", (message) => {
    // A refused request (401, 404, 409 …) is an answer that pages deal with; Chromium reports each as an error.
    // A breach of the content security policy comes this way, too.
    const answered = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !answered) wrong.push(`console: ${message.text()}`);
  });
  context.on("request", (request) => {
    const url = new URL(request.url());
    const leaves = url.protocol.startsWith("http") && url.origin !== new URL(server.url).origin;
    if (leaves) wrong.push(`left the origin: ${url.href}`);
  });
  return wrong;
}

/** Signs in as the (first) person of that role, as a person does: by the form. */
export async function signIn(page: Page, who: Role | (string & {})): Promise<void> {
  const account = accounts[who];
  if (!account) throw new Error(`no account for "${who}"; there are: ${Object.keys(accounts).join(", ")}`);
  await page.goto("/sign-in");
  // By purpose, not by label, so that it works in each language; browsers' password managers do the same.
  await page.locator("input[autocomplete~=username], input[type=email]").first().fill(account.email);
  const password = page.locator("input[type=password]").first();
  await password.fill(account.password);
  await password.press("Enter");
  await page.waitForURL((url) => !url.pathname.endsWith("/sign-in"));
}

/** Nothing on the page, as it is now, stands in the way of people with disabilities, as far as axe can tell. */
export async function expectAccessible(page: Page): Promise<void> {
  // There are no frames: the way without an empty page beside, and without a list of what is well, halves the time.
  const { violations } = await new AxeBuilder({ page })
    .options({ resultTypes: ["violations"] })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .setLegacyMode()
    .analyze();
  const findings = violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id} (${violation.impact}): ${violation.help}\n  ${node.html}`),
  );
  expect(findings, `axe on ${page.url()}`).toEqual([]);
}

/** The page works at that width without sideways scroll (WCAG 1.4.10: 320). */
export async function expectFits(page: Page, width = 320): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width, height: before?.height ?? 720 });
  const tooWide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    // What lies in a scroller of its own (a table, say) does not widen the page.
    const isInScroller = (element: Element): boolean => {
      const parent = element.parentElement;
      if (!parent || parent === document.body) return false;
      return getComputedStyle(parent).overflowX !== "visible" || isInScroller(parent);
    };
    const wide: Element[] = [...document.body.querySelectorAll("*")].filter(
      (element) => element.getBoundingClientRect().right > width && !isInScroller(element),
    );
    if (wide.length === 0) return ["something that has no box of its own"];
    return wide.map((element) => {
      const beyond = Math.ceil(element.getBoundingClientRect().right - width);
      return `${beyond} px beyond: ${(element.cloneNode() as Element).outerHTML}`;
    });
  });
  expect(tooWide, `wider than ${width} px: ${page.url()}`).toEqual([]);
  if (before) await page.setViewportSize(before);
}
