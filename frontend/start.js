// The content security policy allows no script inside the page.
import init from "./frontend.js";

init();
