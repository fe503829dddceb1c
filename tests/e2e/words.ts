// The words of the pages, from the same files: a spec names a text by its key, so that better wording breaks no test.

import { readFileSync, readdirSync } from "node:fs";

export type Language = "en" | "fr";

function read(language: Language): Map<string, string[]> {
  const folder = new URL(`../../frontend/locales/${language}/`, import.meta.url);
  const texts = new Map<string, string[]>();
  for (const file of readdirSync(folder)) {
    let last = "";
    for (const line of readFileSync(new URL(file, folder), "utf8").split("\n")) {
      const [, key, text] = /^([a-z][\w-]*) = (.+)$/.exec(line) ?? [];
      // One wording for each number: `[one] …`, `*[other] …`.
      const [, variant] = /^ +\*?\[\w+\] (.+)$/.exec(line) ?? [];
      if (key && text) texts.set((last = key), text.endsWith("->") ? [] : [text]);
      else if (variant) texts.get(last)?.push(variant);
    }
  }
  return texts;
}

const texts = { en: read("en"), fr: read("fr") };

/** The text of that key, anywhere in a longer one; what stands for `{ $a_value }` may be anything. */
export function phrase(key: string, language: Language = "en"): RegExp {
  const found = texts[language].get(key);
  if (!found?.length) throw new Error(`no text has the key ${key} in ${language}`);
  const wordings = found.map((text) => {
    const parts = text.split(/\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s/g, "\\s"));
    return parts.join(".+");
  });
  return new RegExp(`(?:${wordings.join("|")})`);
}

/** The text of that key and nothing else. */
export function words(key: string, language: Language = "en"): RegExp {
  return new RegExp(`^\\s*${phrase(key, language).source}\\s*$`);
}
