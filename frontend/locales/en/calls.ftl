# Calls for proposals.
calls-title = Calls
calls-empty = No call here yet
calls-empty-hint = A call says what is funded, asks questions, and opens and closes at set times.
public-calls-title = Open calls
public-calls-empty = No call is open now
public-calls-empty-hint = New calls appear here before they open.
public-about = The { $fund } pays for the step that lets a country set up or widen openIMIS, and for what the whole community then shares. Independent reviewers score every proposal against published criteria, and the funders decide by vote.

call = Call
call-title = Title
call-state = State
call-state-any = Any state
call-state-draft = Draft
call-state-published = Upcoming
call-state-open = Open
call-state-closed = Closed
call-state-screening = Screening
call-state-review = Review
call-state-deliberation = Deliberation
call-state-decided = Decided
call-state-completed = Completed
call-state-cancelled = Cancelled
funding-window-country-implementation = Country implementation
funding-window-software-development = Software development
funding-window-community-capacity = Community and capacity
language-en = English
language-fr = French
category-staff = Staff
category-experts = Experts
category-travel = Travel
category-training = Training
category-software-adaptation = Software adaptation
category-equipment-hosting = Equipment and hosting
category-local-partners = Local partners
category-translation-communication = Translation and communication
category-monitoring-audit = Monitoring and audit
category-other-direct = Other direct cost
category-refinancing-fee = Refinancing fee for the global initiative
category-contingency = Contingency
category-indirect = Indirect cost

call-opens = Opens
call-closes = Closes
call-envelope = Envelope
call-apply = Start a proposal
call-apply-concept = Start a concept note
call-concepts-close = Stage 1: concept notes close
call-full-close = Stage 2: full proposals close
call-stages = Stages
call-stages-one = One: full proposals at once
call-stages-two = Two: concept notes first, full proposals by invitation
call-concept = Full proposal
call-concept-rule = By invitation, after a concept note of at most { $words } words; asks within { $percent } of it
call-sign-in-to-apply = Sign in to apply
call-print-link = Questions and criteria for printing
call-print = Print
call-print-title = { $title }: questions and criteria
call-who = Who can apply
call-languages = Languages of the proposal
call-countries = Countries
call-any-country = Any country
call-money = Money
call-grant-size = Grant
call-grant-range = { $min } to { $max }
call-duration = Duration
call-months = { $months ->
    [one] Up to { $months } month
   *[other] Up to { $months } months
}
call-currencies = Currencies of the budget
call-currency-rate = { $currency } ({ $rate } per EUR)
call-categories = Cost categories
call-indirect = Indirect cost
call-contingency = Contingency
call-of-direct = At most { $percent } of direct cost
call-cofunding = Co-funding
call-cofunding-rule = At least { $percent } of the total; up to { $kind } of that in kind
call-tranches = Payment
call-tranches-rule = First tranche at most { $first }; at least { $retention } is paid after the final report
call-questions = What is asked
call-questions-intro = Each answer has a word limit. You can write in several sittings; everything is saved as you type.
call-max-words = { $words ->
    [one] { $words } word at most
   *[other] { $words } words at most
}
call-criteria = How proposals are scored
call-scoring = At least { $sheets } reviewers score every criterion from 0 to { $max }, without seeing each other’s scores. A proposal can be funded from { $points } of 100 points on.
call-weight = { $percent } %
call-score = Score
call-score-means = What it means
call-criterion-minimum = A proposal that can be funded has a mean of at least { $min } here.

call-used = Reserved and committed
call-left = Left
call-edit = Edit call
call-back = Back to the call
call-ranking = Ranking
call-blocked = { $count ->
    [one] One point is open before this call can be published. The editor lists it.
   *[other] { $count } points are open before this call can be published. The editor lists them.
}
call-publish = Publish call
call-publish-explain = “{ $title }” becomes public at once and opens at its time. From then on its questions, criteria, weights, budget rules and rates are frozen: only a later deadline or a larger envelope stays possible.
call-published = The call is published
call-move-screening = Start screening
call-move-review = Start the review
call-move-deliberation = Start the deliberation
call-move-decided = Mark as decided
call-move-completed = Complete the call
call-move-explain-screening = The Desk checks whether each submitted proposal may take part. The deadline can no longer move.
call-move-explain-review = Reviewers score the proposals that passed the screening.
call-move-explain-deliberation = The Steering Group sees scores and ranking, and votes. The call can no longer be cancelled.
call-move-explain-decided = Every proposal of this call has its decision. The envelope can no longer grow.
call-move-explain-completed = Nothing more happens in this call. It stays readable.
call-moved = The call is in its next phase
call-release-results = Release the results
call-release-results-explain = { $count ->
    [one] The applicant of one decided proposal now sees its result, here and on the home page.
   *[other] The applicants of { $count } decided proposals now see their results, here and on the home page.
}
call-results-released = The results are released
call-extend = Extend call
call-extend-explain = After publication a call can close later, until its deadline has passed, and its envelope can grow. The reason is kept on record.
call-extend-submit = Extend call
call-extended = The call is extended
call-cancel = Cancel call
call-cancel-explain = The call ends for good. It stays readable as cancelled, with this reason on record.
call-cancelled = The call is cancelled

call-new-title = New call
call-new-intro = This makes a draft that only the fund’s own people see. Questions, criteria and rules come next.
call-create = Create draft
call-copy-of = Questions, criteria and rules
call-copy-of-hint = Copied now; both calls then go their own ways.
call-copy-default = The fund’s standard
call-basics = The call
call-code = Code
call-code-hint = Short and unique, such as CI-2026-1. It begins the numbers of proposals.
call-window = What is funded
call-envelope-hint = All grants of this call together stay within it.
call-zone = Time zone
call-zone-hint = Opening and closing are told in this zone.
call-zone-first = Choose the time zone first.
call-local-hint = By the clocks in { $zone }.
in-language = { $what } ({ $language })
colon = :{" "}
call-about = What the call is for
call-eligibility = Who can apply
call-countries-hint = Two-letter codes with commas between, such as CM, TD, NP. Leave empty for any country.
call-currency = Currency
call-budget-rate = Units per 1 EUR
call-currencies-hint = The rate turns budgets into euros for comparison. It is frozen at publication.
call-add-currency = Add a currency
call-min-grant = Smallest grant
call-max-grant = Largest grant
call-section-title = Section
call-new-section = New section
call-add-section = Add a section
call-question = Question
call-question-hint = What a good answer tells
call-new-question = New question
call-add-question = Add a question
call-word-limit = Most words
call-required = An answer is required
call-criterion = Criterion
call-new-criterion = New criterion
call-add-criterion = Add a criterion
call-weight-label = Weight, in percent
call-minimum = Mean score needed to be funded
call-anchor = Score { $score } means
call-weight-sum = { $sum ->
    [100] The weights sum to 100.
   *[other] The weights sum to { $sum }; they must sum to 100.
}
call-review = Review
call-vote-grant = Vote and agreement
call-save = Save draft
call-saved = Draft saved
call-ready = Everything is there: the head of desk can publish this call.
call-missing = Before this call can be published
move-up = Move up:
move-down = Move down:
remove = Remove:
rule-max-months = Longest duration
rule-indirect-cap = Indirect cost, at most
rule-contingency-cap = Contingency, at most
rule-cofunding-min = Co-funding, at least
rule-in-kind-counts-up-to = In kind counts up to
rule-min-sheets = Score sheets per proposal
rule-min-tag-sheets = Of these by the TAG
rule-fundable-min = Needed to be funded
rule-divergence-percent = Spread that asks for one more reviewer
rule-extreme-scores = Scores that need a comment
rule-min-business-days = Shortest vote
rule-reservation-days = A reservation lapses after
rule-first-tranche-cap = First tranche, at most
rule-retention-min = Retention, at least
rule-tolerance = Full proposal within, of its note
rule-unit-months = In months
rule-unit-percent = In percent
rule-unit-count = How many
rule-unit-points = In points of 100
rule-unit-list = With commas between
rule-unit-days = In days
rule-unit-business-days = In business days
