// The content security policy allows no script inside the page.
import init from "./frontend.js";

// The texts travel beside the program, which asks for them again and finds them there. Guessed like `i18n::detect`:
// a wrong guess costs time, nothing else.
let kept;
try {
  kept = localStorage.getItem("language");
} catch {
  // Storage is switched off.
}
const tag = new URLSearchParams(location.search).get("lang") ?? kept ?? navigator.language;
const language = /^fr\b/i.test(tag) ? "fr" : "en";
fetch(new URL(`./${language}.ftl`, import.meta.url)).catch(() => {});

init();
