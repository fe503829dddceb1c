// The words of the pages, from the same files: a spec names a text by its key, so that better wording breaks no test.

import { readFileSync, readdirSync } from "node:fs";

export type Language = "en" | "fr";

function read(language: Language): Map<string, string> {
  const folder = new URL(`../../frontend/locales/${language}/`, import.meta.url);
  const texts = new Map<string, string>();
  for (const file of readdirSync(folder)) {
    for (const line of readFileSync(new URL(file, folder), "utf8").split("\n")) {
      const [, key, text] = /^([a-z][\w-]*) = (.+)$/.exec(line) ?? [];
      if (key && text) texts.set(key, text);
    }
  }
  return texts;
}

const texts = { en: read("en"), fr: read("fr") };

/** The text of that key, anywhere in a longer one; what stands for `{ $a_value }` may be anything. */
export function phrase(key: string, language: Language = "en"): RegExp {
  const text = texts[language].get(key);
  if (text === undefined) throw new Error(`no text of one line has the key ${key} in ${language}`);
  const parts = text.split(/\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s/g, "\\s"));
  return new RegExp(parts.join(".+"));
}

/** The text of that key and nothing else. */
export function words(key: string, language: Language = "en"): RegExp {
  return new RegExp(`^\\s*${phrase(key, language).source}\\s*$`);
}
