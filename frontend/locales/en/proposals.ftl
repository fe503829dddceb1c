# Proposals: the applicant's pages, the readers' pages, screening.
proposals-title = Proposals
proposals-mine = My proposals
proposal = Proposal
proposal-call = Call
proposal-applicant = Applicant
proposal-state = State
proposal-submitted-at = Submitted
proposal-not-submitted = Not submitted
proposal-next = What is due
proposal-requested = Requested
proposal-submit-within = Submit within { $left }
proposal-is-reopened = Being edited
proposal-search = Number, title or applicant
filters = Filters in use
filter-any-call = Any call
filter-any-state = Any state
filter-remove = Remove the filter { $what }
filter-words = “{ $words }”
proposals-empty = No proposal has been submitted yet
proposals-empty-hint = Proposals appear here as soon as they are submitted.
proposals-empty-mine = You have no proposal yet
proposals-empty-mine-hint = Choose an open call to start one. You can write it together with your colleagues, on any device.
proposals-none-found = No proposal fits these filters
proposals-none-found-hint = Remove a filter above to see more.

proposal-state-draft = Draft
proposal-state-submitted = Submitted
proposal-state-screened = Eligible
proposal-state-in-review = In review
proposal-state-scored = Scored
proposal-state-deliberated = Before the Steering Group
proposal-state-decided = Decided
proposal-state-more-info = More asked
proposal-state-ineligible = Not eligible
proposal-state-withdrawn = Withdrawn
proposal-step-draft = Draft
proposal-step-submitted = Submitted
proposal-step-screened = Eligibility checked
proposal-step-in-review = Review
proposal-step-deliberated = Steering Group
proposal-step-decided = Decision
proposal-track = Where this proposal stands

proposal-new = Start a proposal
proposal-new-for = For the call “{ $call }”.
proposal-new-which = Which call is it for?
proposal-new-which-hint = Open a call and choose “Start a proposal” there.
proposal-new-calls = See the calls
proposal-new-print = Read all questions and criteria first
proposal-due = Submit before
proposal-change-until = Can be changed until
proposal-title = Title
proposal-title-hint = In a few words: what, and where
proposal-duration = Duration in months
proposal-duration-hint = At most { $max } months
proposal-language = Language of the proposal
proposal-language-hint = The language you write the answers in. You can read these pages in the other one.
proposal-currency = Currency of the budget
proposal-currency-hint = All budget lines are in this currency. It cannot be changed later.
proposal-partners = Partners
proposal-partners-hint = Organisations that take part. Reviewers who belong to them do not assess this proposal.
partner-search = Name of an organisation
partner-add = Add { $name }
partner-remove = Remove { $name }
partner-none = No other organisation of this name is registered. The Coordination Desk adds it on request.
months = { $months ->
    [one] { $months } month
   *[other] { $months } months
}

proposal-details = Title, country and partners
details-saved = Details saved
proposal-check = Check and submit
proposal-steps = Change or withdraw
proposal-locked = This proposal cannot be changed now. You can read everything that is in it.
proposal-more-info = The Coordination Desk asks for more. Change your proposal and submit it again.
proposal-ineligible = The Coordination Desk found this proposal not eligible
proposal-withdrawn = This proposal was withdrawn
proposal-too-late = The deadline has passed and this proposal was not submitted. Everything you wrote is kept.
proposal-reopened = You are changing a submitted proposal. Version { $version } counts until you submit again.
proposal-reopened-late = You reopened this proposal and did not submit it again. Version { $version } counts; your later changes are kept for you to read.
proposal-reopened-staff = The applicant is changing this proposal. You see the last submitted version.
proposal-reopen = Change the submitted proposal
proposal-reopen-explain = You can edit everything again. Version { $version } stays valid until you submit a new one; if you do not, nothing is lost.
proposal-withdraw = Withdraw the proposal
proposal-withdraw-explain = The proposal leaves the call for good. What was submitted stays on record.

tasks-title = What to fill in
tasks-done = { $done } of { $all } complete
task-state-not-started = Not started
task-state-in-progress = In progress
task-state-over-limit = Over a limit
task-state-complete = Complete
task-unsent = Kept on this device

section-intro = What you write is saved by itself.
save-and-continue = Save and continue
save-and-back = Save and go back to the list
answer-restored = This text was kept on this device and had not reached the server. It is being sent now.
answer-none = No answer
merge-title = Somebody changed this answer while you were writing
merge-text = { $name } saved it on { $at }. Nothing is lost: choose one of the two texts, or combine them and go on writing.
merge-mine = Your text
merge-theirs = The saved text
merge-keep-mine = Keep my text
merge-take-theirs = Take the saved text
merge-both = Put both together

budget-title = Budget
budget-intro = Every line in { $currency }. The fund grants between { $min } and { $max } at the call’s rate.
budget-caps = Indirect cost: at most { $indirect } of direct cost; contingency: at most { $contingency }. Enter leads to the next line.
budget-line = Line
budget-line-number = Budget, line { $line }, { $column }
budget-category = Category
budget-activity = Activity or milestone
budget-unit = Unit
budget-quantity = Quantity
budget-unit-cost = Unit cost
budget-period = Period
budget-source = Paid by
budget-total = Total
budget-total-in = Total, { $currency }
budget-cell = { $column }, line { $line }
budget-tool = { $action }, line { $line }
budget-add = Add a line
budget-undo = Bring the removed line back
budget-duplicate = Duplicate
budget-up = Move up
budget-down = Move down
budget-remove = Remove
budget-full = A budget has at most { $max } lines
budget-no-lines = No budget line yet
budget-unsaved = An amount cannot be read yet. Your lines are kept on this device and are sent once it is mended.
budget-stale = Somebody saved another budget while you were editing
budget-stale-mine = Yours: { $lines ->
    [one] { $lines } line, { $total }
   *[other] { $lines } lines, { $total }
}
budget-stale-theirs = Saved: { $lines ->
    [one] { $lines } line, { $total }
   *[other] { $lines } lines, { $total }
}
budget-keep-mine = Keep my budget
budget-take-theirs = Take the saved budget
budget-totals = Totals
budget-direct = Direct cost
budget-project-total = Project total
budget-cofunding = Co-funding
budget-cofunding-share = { $share } % of the project
budget-cofunding-share-of = { $share } % of the project, at least { $min }
budget-requested = Requested from the fund
budget-requested-eur = In euro, at the call’s rate
budget-requested-only = Requested from the fund: { $amount } ({ $eur })
budget-left = Left up to the maximum
budget-at-most = at most { $max }
budget-by-category = By category
line-source-grant = The fund
line-source-own-cash = Own money
line-source-own-in-kind = Own contribution in kind
line-source-third-party = Third party

check-title = Check your answers
check-missing = { $count ->
    [one] { $count } point to settle before you can submit
   *[other] { $count } points to settle before you can submit
}
check-change = Change
check-change-what = Change: { $what }
check-submit-title = Submit
check-submit-text = Submitting locks this version. Until the deadline you can change it and submit again.
check-declaration = I declare that this proposal is true and complete, that my organisation has approved it, and that the same cost is not paid from elsewhere.
proposal-submit = Submit the proposal

receipt-title = Receipt
receipt-received = We have received your proposal
receipt-done = Submitted: { $number }
receipt-none = This proposal has not been submitted.
receipt-number = Number
receipt-version = Version
receipt-id = Receipt
receipt-at = Received
receipt-at-utc = Received (UTC)
receipt-by = Submitted by
receipt-hash = SHA-256
receipt-hash-hint = The SHA-256 is the fingerprint of exactly what was submitted: any later change would give another one.
receipt-next = What happens next
receipt-next-keep = Print this page or note the number.
receipt-next-reopen = You can change the proposal and submit it again until { $until }.
receipt-next-screening = After the deadline the Coordination Desk checks eligibility; then independent reviewers score the proposal.
receipt-proposal = Back to the proposal

proposal-views = Views of this proposal
proposal-text = Answers
versions-title = Submitted versions
version-number = Version { $number }
screen-title = Screen
screen-outcome = Is this proposal eligible?
screening-screened = Eligible
screening-hint-screened = It goes on to review.
screening-ineligible = Not eligible
screening-hint-ineligible = The applicant reads the reason. This ends the proposal.
screening-more-info = More is needed
screening-hint-more-info = The applicant can change the proposal and submit it again until a day you set.
screen-reason-hint = The applicant reads this. Say what is missing or which rule is not met.
screen-due = Last day to answer
screen-due-hint = The whole day counts, in the call’s zone.
screen-submit = Record the result
screen-done = Screening recorded
result-conditions = Conditions
result-reasons = Reasons
result-feedback = What the reviewers say
result-feedback-hint = The reviewers’ words, without their names and in no particular order.
result-strengths = Strengths
result-weaknesses = Weaknesses
