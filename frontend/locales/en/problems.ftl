# What each problem code says: what happened and what to do. Nobody is blamed.

## The request itself
problem-bad-request = The request could not be understood. Load the page again, then try once more.
problem-invalid = Some answers need a change
problem-unknown-field = This field is not known here. Load the page again, then try once more.
problem-required = Fill this in
problem-wrong-type = This value has the wrong form
problem-too-long = Shorten this to at most { $max }
problem-not-a-choice = Choose one of the options
problem-date-format = Enter a date, such as 2026-03-12
problem-email-format = Enter an e-mail address, such as name@example.org
problem-date-order = The end lies before the start
problem-body-too-large = This is too large to send. Shorten it or send a smaller file.
problem-content-type = The request had the wrong form. Load the page again, then try once more.
problem-cross-site = The request came from another site and was refused.
problem-sign-in-required = Sign in first
problem-forbidden = Your roles do not allow this
problem-not-found = There is no such thing here, or it is not open to you.
problem-method-not-allowed = This is not possible here. Load the page again.
problem-stale-version = Somebody changed this since you opened it. Your text is kept; load the newer version and compare.
problem-if-match-required = The page did not say which version it changes. Load it again.
problem-idempotency-key-required = The page did not mark this request as one of a kind. Load it again.
problem-idempotency-key-reused = This request was sent before with other content. Load the page again.
problem-duplicate = It exists already
problem-wrong-state = The present state does not allow this. Load the page again to see what happened since.
problem-too-many-requests = Too many tries. Wait { $seconds } seconds, then try again.
problem-timeout = This took too long. Try again.
problem-storage-full = The server has no room left to save. Nothing was changed; what you entered is kept on the page. Please tell the Coordination Desk.
problem-internal = Something went wrong on our side. What you entered is kept on the page; try again in a moment.

## People
problem-credentials-wrong = This e-mail address and password do not fit together
problem-password-too-short = Use at least { $min } characters
problem-link-expired = This link has been used or is too old. Ask for a new one.

## Amounts
problem-amount-format = Enter a plain amount, such as 24000.00
problem-amount-precision = This currency has fewer decimals
problem-amount-range = This is more than can be recorded
problem-amount-not-positive = Enter an amount above zero
problem-currency-unknown = This is not a currency with minor units
problem-currency-mismatch = The amount must be in { $expected }

## Calls
problem-weights-sum = The weights must sum to 100; now they sum to { $sum }
problem-call-not-open = This call is not open
problem-deadline-passed = The deadline has passed. Your draft is kept.
problem-concept-first = This call has two stages: a full proposal follows an invited concept note
problem-one-stage = This call has one stage and takes no concept notes
problem-call-frozen = After publication only a later deadline or a larger envelope is possible
problem-results-not-released = The results of this call are not released yet: the head of desk does that on the call’s page
problem-zone-unknown = Choose a time zone by its name, such as Europe/Berlin
problem-local-time-skipped = The clocks skip this time in this zone. Choose one an hour later.
problem-local-time-twice = The clocks show this time twice in this zone. Choose one an hour earlier or later.
problem-number-range = Enter a number from { $min } to { $max }
problem-min-above-max = The largest value lies below the smallest, { $min }
problem-not-unique = This appears twice in the list
problem-key-format = Use lower-case letters, digits and underscores only
problem-too-many = At most { $max } entries are possible

## Budget of a proposal
problem-category-unknown = This call does not list this category
problem-refinancing-fee-on-grant = The grant may not pay the refinancing fee: choose another source
problem-indirect-cap = Indirect cost may be at most { $percent } % of direct cost: { $max }
problem-contingency-cap = Contingency may be at most { $percent } % of direct cost: { $max }
problem-request-below-min = The request is below the call’s minimum of { $min }
problem-request-above-max = The request is above the call’s maximum of { $max }
problem-duration-above-max = The call allows at most { $max } months
problem-cofunding-below-min = Co-funding must be at least { $percent } % of the total; { $missing } is missing
problem-line-total-mismatch = Quantity × unit cost gives { $expected }
problem-budget-empty = Add at least one line that the grant pays
problem-too-many-words = { $words } words; at most { $max } are possible
problem-far-from-concept = The concept note asks for { $asked }; { $min } to { $max } is within { $percent } % of that. Change the budget, or ask the head of desk for a waiver.
problem-answer-missing = Answer this question

## Review
problem-declaration-required = Declare your conflicts of interest first
problem-conflict-of-interest = There is a conflict of interest on this proposal
problem-score-missing = Give a score
problem-score-range = Give a score from 0 to { $max }
problem-comment-required = A score this high or low needs a comment
problem-suggested-above-request = The suggested amount is above the request of { $max }
problem-sheets-missing = { $have } valid score sheets; { $need } are needed
problem-reason-required = Give a reason

## Vote
problem-vote-window-short = The vote must stay open for at least { $min_days } business days
problem-vote-not-open = The vote is not open
problem-already-voted = Your organisation has voted already
problem-alternate-note = Note that the primary voter is unavailable
problem-amount-above-request = The amount is above the request
problem-amount-not-whole = Less than the request of { $expected } is a partial approval
problem-amount-whole = The whole request is not a partial approval
problem-amount-not-for-outcome = This outcome gives no amount
problem-no-voters = No organisation without a conflict has a vote

## Money of the fund
problem-insufficient-headroom = The fund’s headroom is short by { $missing }
problem-earmarked-elsewhere = The money that is left is earmarked for other countries, calls or windows: { $missing } is missing
problem-envelope-exceeded = The call’s envelope is short by { $missing }
problem-insufficient-cash = The cash received is short by { $missing }
problem-above-remaining = This is above what remains: { $remaining }
problem-above-signed = This is above what was signed; at most { $max } is possible
problem-tranche-sum = The tranches must sum to the agreement; the difference is { $difference }
problem-first-tranche-cap = The first tranche may be at most { $max }
problem-retention-min = The retention must be at least { $min }
problem-tranche-blocked = This tranche cannot be paid yet
problem-separation-of-duties = Another person must do this step, because you did an earlier one
problem-second-approval-required = Above the limit the head of desk must approve as well
problem-bank-reference-used = This bank reference was used before
problem-no-donor-shares = There is no donor share to split this over
problem-date-in-future = This day has not come yet; the latest is { $max }
problem-date-too-early = This day is too early; the earliest is { $min }

## Rates, periods, the bank
problem-rate-missing = No approved rate for { $currency } of { $day }
problem-transfer-missing = Nothing has arrived with a payment yet, so there is no rate to convert the report with
problem-credit-unconfirmed = What arrived with payment { $number } is not confirmed yet
problem-columns-missing = The file lacks these columns: { $columns }
problem-cells-count = { $found } cells instead of { $expected }
problem-file-garbled = The file’s characters cannot be read. Choose the file as the bank gives it, or save it as UTF-8; nothing of it was taken in.
problem-file-empty = The file has no rows
problem-period-locked = This day lies in a locked period; choose a day in an open one
problem-period-not-ended = The period has not ended yet
problem-bookings-waiting = Bookings dated into the period wait to be confirmed: { $count }
problem-unreconciled = The bank and the journal do not agree yet; { $amount } is unexplained
problem-file-twice = This file was taken in before
problem-matched-already = The line or the entry is matched already

problem-iban-format = This is not an IBAN: its check digits do not fit
problem-account-format = Enter 4 to 34 letters and digits
problem-one-account-number = Enter an IBAN or another account number, not both
problem-bic-format = This is not a BIC: 8 or 11 letters and digits
problem-account-mismatch = This is not the number that was entered
problem-account-not-verified = The recipient has no verified bank account
problem-above-reported = At most what was reported: { $max }
problem-shift-too-large = The category { $category } has grown by more than a report can bear: ask for an amendment that gives it more
problem-shift-approval-required = The category { $category } has grown by more than 10 %: the Desk must approve it first
problem-decision-required = The total of { $expected } stays, and so do the purpose and the country. To change them, the Steering Group must take a new decision: ask the Desk for a motion.
problem-below-spent = { $min } are spent in this category already
problem-amendment-open = Another amendment of this agreement is under way: finish or drop it first
problem-report-not-accepted = An earlier report is not accepted yet
problem-payment-open = A payment of this grant is still on its way
problem-refund-waits = Money that came back is recorded and not confirmed yet
problem-closure-blocked = The grant cannot be closed yet
problem-not-payable = This payment cannot be given to the bank yet
