import { defineConfig, devices } from "@playwright/test";

// As root (in CI's containers) Chromium has no sandbox to offer; and it must not call home: where the
// network is closed, its own background requests are refused by the hundred and slow every test down.
const asRoot = process.getuid?.() === 0;
const quiet = ["--disable-background-networking", "--disable-quic", "--disable-sync", "--no-first-run"];

// `cargo xtask` names a PostgreSQL of its own. The stories, in which money moves, are told on both databases.
const postgres = process.env.TEST_POSTGRES_URL;
if (!postgres && process.env.TEST_WORKER_INDEX === undefined) console.log("PostgreSQL: skipped, TEST_POSTGRES_URL is not set");

export default defineConfig<object, { database: string }>({
  testDir: ".",
  forbidOnly: Boolean(process.env.CI),
  fullyParallel: false,
  // Two, as most machines that run this have two cores, and a server stands beside each.
  workers: 2,
  // A test that passes at its second try is a test that fails.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  projects: [
    { name: "SQLite", use: { database: "sqlite" } },
    ...(postgres ? [{ name: "PostgreSQL", testMatch: "golden*.spec.ts", use: { database: postgres } }] : []),
  ],
  use: {
    ...devices["Desktop Chrome"],
    locale: "en-GB",
    timezoneId: "Europe/Zurich",
    // What a failure leaves is its picture and the page in words. `--trace on` keeps all of it, for a third more time.
    trace: "off",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: asRoot ? ["--no-sandbox", ...quiet] : quiet,
    },
  },
});
