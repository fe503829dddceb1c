# What waits for the reader.
home-title = Home
home-waiting = What waits for you
home-news = Good to know
home-empty = Nothing waits for you
home-empty-hint = When there is a step for you to take, it appears here with its due date.
home-calls = See the calls
home-what = What
home-due = Due
home-when = When
home-amount = Amount
home-overdue = Overdue
home-overdue-count = { $count ->
    [one] { $count } overdue
   *[other] { $count } overdue
}

# A step, as a verb with its object.
task-finish-draft = Finish your proposal
task-answer-request = Answer the desk’s request
task-sign-agreement = Sign the agreement
task-read-result = Read the result
task-declare = Declare conflicts of interest, then review
task-write-sheet = Continue your review
task-vote = Vote for your organisation
task-resolve-conflict = Decide on a soft conflict
task-publish-call = Publish the call
task-move-call = Begin the call’s next phase
task-screen-proposal = Screen the proposal
task-assign-reviewers = Assign reviewers
task-unblind = Unblind the score sheets
task-write-motion = Write a motion
task-open-motion = Open the vote
task-draft-agreement = Draft the agreement
task-approve-agreement = Approve the agreement
task-send-agreement = Send the agreement
task-sign-contribution = Confirm the donor’s signature
task-confirm-receipt = Confirm the receipt
task-confirm-allocation = Confirm what is set aside
task-prepare-disbursement = Prepare the payment
task-verify-disbursement = Verify the payment
task-approve-disbursement = Approve the payment
task-second-approve = Approve the payment above the limit
task-instruct = Give the order to the bank
task-record-payment = Record the payment
task-invite-person = Invite somebody who has no password yet
task-look-at-payment = Look at the payment
task-look-at-decision = Look at the vote

# The same, counted.
tasks-finish-draft = drafts to finish
tasks-answer-request = requests to answer
tasks-sign-agreement = agreements to sign
tasks-read-result = results
tasks-declare = reviews to begin
tasks-write-sheet = reviews to continue
tasks-vote = votes to cast
tasks-resolve-conflict = soft conflicts to decide
tasks-publish-call = calls to publish
tasks-move-call = calls to move on
tasks-screen-proposal = proposals to screen
tasks-assign-reviewers = proposals without reviewers
tasks-unblind = calls to unblind
tasks-write-motion = proposals without a motion
tasks-open-motion = votes to open
tasks-draft-agreement = agreements to draft
tasks-approve-agreement = agreements to approve
tasks-send-agreement = agreements to send
tasks-sign-contribution = contributions to confirm
tasks-confirm-receipt = receipts to confirm
tasks-confirm-allocation = allocations to confirm
tasks-prepare-disbursement = payments to prepare
tasks-verify-disbursement = payments to verify
tasks-approve-disbursement = payments to approve
tasks-second-approve = payments above the limit
tasks-instruct = orders to give to the bank
tasks-record-payment = payments to record
tasks-invite-person = people without a password
tasks-look-at-payment = payments
tasks-look-at-decision = votes
