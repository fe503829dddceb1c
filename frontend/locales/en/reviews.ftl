# Reviews: assignments, declarations, sheets, ranking.
reviews-title = My reviews
reviews-empty = Nothing to review here
reviews-empty-hint = When the Coordination Desk assigns you a proposal, it appears here with its due date.
reviews-all = All ({ $n })
reviews-to-start = To start ({ $n })
reviews-to-continue = In progress ({ $n })
reviews-submitted = Submitted ({ $n })
review-proposal = Proposal
review-call = Call
review-due = Due
review-due-on = due { $date }
review-start = Start
review-continue = Continue
review-view = View
review-progress = { $scored } of { $of } criteria scored
review-requested = Requested
review-reason = Reason

declare-title = Conflict of interest
declare-why = Before you open this proposal, say whether anything ties you to it: work, family, money, or help with the draft. Everybody who reviews, votes or approves money does.
declare-partners = Partners named in the proposal: { $names }
declare-question = Do you have a conflict of interest?
declare-none-hint = Nothing ties you to the applicant, its partners or this proposal.
declare-soft-hint = Something that others should know. You go on; the head of desk decides whether you step back.
declare-hard-hint = You step back now. The proposal closes for you, and this cannot be taken back.
declare-explanation = What ties you to it
declare-explanation-hint = The Desk reads this. It goes into the minutes.
declare-send = Declare
declare-done = Your declaration is recorded
declare-shut = You do not take part in this proposal
declare-found = You belong to the applicant or to a partner of this proposal, so its content stays closed to you.
declare-stands = Your conflict of interest is recorded, so the content stays closed to you.
declare-back = Go to my reviews

review-sheet = Score sheet
review-criteria = Criterion
review-criteria-scores = Scores by criterion
review-criterion = { $name } ({ $weight } %)
review-weight = { $weight } %
review-weight-head = Weight
review-score = Score
review-comment = Comment on “{ $name }”
review-comment-short = Comment
review-comment-hint = Needed for the lowest and highest scores.
review-strengths = Strengths
review-weaknesses = Weaknesses
review-light = Your advice
review-suggested = Suggested amount
review-suggested-hint = At most { $max }. Leave empty if you advise not to fund.
review-total = Total so far
review-total-final = Total
review-submit = Submit sheet
review-submit-explain = A submitted sheet cannot be changed. Nobody else sees it until the Desk unblinds the call.
review-then-next = Then open my next review
review-submitted-toast = Your sheet is submitted
review-is-submitted = Submitted
review-blind = Others see a sheet only once the call is unblinded.
review-next = Open my next review
review-conflict = I have a conflict
review-stale = This sheet was changed elsewhere
review-stale-text = Another tab or device saved a newer version. Copy what you want to keep, then load the newer one.
review-reload = Load the newer version
review-tag = TAG

keys-show = Keys
keys-title = Keys
keys-help = This list
keys-score = Score the criterion that has the focus
keys-tab = Next field; Shift and Tab for the one before
keys-escape = Close a dialog

ranking-title = Ranking
ranking-blind = The sheets are blind
ranking-blind-text = { $ready } of { $of } proposals have the { $min } sheets they need. Until unblinding, nobody but its author sees a sheet, a score or an order.
ranking-blind-pending = { $n ->
    [0] All assigned sheets are in.
    [one] { $n } sheet is still to come.
   *[other] { $n } sheets are still to come.
}
ranking-unblinded = Unblinded on { $at }. Ranked by the exact mean of the sheets.
ranking-explain = Fundable from { $min } points and the criteria’s own minimums. The running sum counts fundable proposals in rank order against the call’s envelope.
ranking-rank = Rank
ranking-score = Score
ranking-spread = Lowest and highest
ranking-sheets = Sheets
ranking-of-sheets = { $n ->
    [one] { $n } sheet
   *[other] { $n } sheets
}
ranking-pending = Still to come
ranking-fundable = Fundable
ranking-yes = Yes
ranking-no = No
ranking-tied = same score
ranking-divergent = far apart: ask for one more
ranking-cumulative = Running sum
ranking-cut = Beyond the envelope
ranking-all = All
ranking-only-fundable = Fundable only
ranking-only-not = Not fundable only
ranking-empty = No proposal to rank
ranking-empty-hint = Proposals appear here once reviewers are assigned. Change the filter to see others.
unblind = Unblind the sheets
unblind-explain = All sheets, scores and the ranking become visible to the desk, the Steering Group and the reviewers. Proposals move from review to scored. This cannot be undone.
unblind-early = { $n ->
    [one] { $n } sheet is still to come and will not count. Say why you do not wait.
   *[other] { $n } sheets are still to come and will not count. Say why you do not wait.
}
unblind-not-yet = Unblinding waits until every proposal has the minimum of sheets.
unblind-done = The sheets are unblinded

scores-title = Scores
scores-sheets = Sheets
scores-mean = { $score } of 100, mean of { $n } sheets
scores-mean-head = Mean

bar-envelope = Envelope of the call
bar-allocable = Fund: to allocate
bar-used = Reserved and committed
bar-committed = Committed
bar-reserved = Reserved
bar-this = This motion
bar-left = Left
bar-earmarked = { $amount } more is kept by earmarks for other grants.

assign-title = Reviewers
assign-do = Assign reviewers
assign-choose = Choose
assign-reviewers = Reviewers
assign-conflicts = Declared conflicts
assign-minimum = Each proposal needs { $sheets } sheets, { $tag } of them by the Technical Advisory Group (TAG).
assign-short = { $have } of { $need } reviewers
assign-empty = No proposal is ready for review
assign-empty-hint = Screen the submitted proposals first.
assign-open = { $n ->
    [one] { $n } sheet to write
   *[other] { $n } sheets to write
}
assign-excluded = Conflict of interest on a chosen proposal
assign-chosen = { $n ->
    [0] Choose proposals in the list first.
    [one] For { $n } proposal.
   *[other] For { $n } proposals.
}
assign-done = { $n ->
    [0] They were assigned already
    [one] { $n } review assigned
   *[other] { $n } reviews assigned
}
conflict-resolve = Decide on the conflict
conflict-question = May this person go on?
conflict-reason-hint = It goes into the minutes.
conflict-resolved = Your decision is recorded
