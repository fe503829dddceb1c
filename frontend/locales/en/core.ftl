# The frame and what every page may say.
product = Catalytic Fund
skip-to-content = Skip to content
breadcrumb = You are here
nav-label = Main
nav-menu = Menu
nav-home = Home
nav-calls = Calls
nav-proposals = Proposals
nav-reviews = My reviews
nav-motions = Votes
nav-fund = Fund
nav-grants = Grants
nav-people = People
nav-exports = Exports

theme-system = Appearance: as the system says
theme-light = Appearance: light
theme-dark = Appearance: dark

sign-in = Sign in
sign-out = Sign out
sign-out-everywhere = Sign out on all devices
sign-in-again = Sign in again
sign-in-again-text = Your session has ended. What you typed is still on the page.

loading = Loading…
load-more = Load more
try-again = Try again
close = Close
cancel = Cancel
choose = Choose…
none = None
optional = (optional)
search = Search
reason = Reason
print = Print
state = State
actions = Actions

error-offline = The server cannot be reached. Check your connection, then try again; what you typed is still here.
error-reference = When asking for help, name this reference: { $id }

not-found-title = Page not found
not-found-text = There is no page at this address, or it is not open to you.
not-found-home = Go to the first page

save-saving = Saving…
save-saved = Saved { $time }
save-offline = Offline, kept on this device
save-failed = Could not save

words-left = { $left ->
    [one] { $left } word left of { $max }
   *[other] { $left } words left of { $max }
}
words-over = { $over ->
    [one] { $over } word over the limit of { $max }
   *[other] { $over } words over the limit of { $max }
}
words-over-from = Over the limit:

deadline-left = { $left } left
deadline-passed = The deadline has passed
deadline-own = { $time }, your time
time-days = { $days ->
    [one] { $days } day
   *[other] { $days } days
}
time-hours = { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
}
time-minutes = { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}

label-message = { $label }: { $message }
