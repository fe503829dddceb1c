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
home-no-date = No date
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
tasks-finish-draft = Drafts to finish
tasks-answer-request = Requests to answer
tasks-sign-agreement = Agreements to sign
tasks-read-result = Results
tasks-declare = Reviews to begin
tasks-write-sheet = Reviews to continue
tasks-vote = Votes to cast
tasks-resolve-conflict = Soft conflicts to decide
tasks-publish-call = Calls to publish
tasks-move-call = Calls to move on
tasks-screen-proposal = Proposals to screen
tasks-assign-reviewers = Proposals without reviewers
tasks-unblind = Calls to unblind
tasks-write-motion = Proposals without a motion
tasks-open-motion = Votes to open
tasks-draft-agreement = Agreements to draft
tasks-approve-agreement = Agreements to approve
tasks-send-agreement = Agreements to send
tasks-sign-contribution = Contributions to confirm
tasks-confirm-receipt = Receipts to confirm
tasks-confirm-allocation = Allocations to confirm
tasks-prepare-disbursement = Payments to prepare
tasks-verify-disbursement = Payments to verify
tasks-approve-disbursement = Payments to approve
tasks-second-approve = Payments above the limit
tasks-instruct = Orders to give to the bank
tasks-record-payment = Payments to record
tasks-invite-person = People without a password
tasks-look-at-payment = Payments
tasks-look-at-decision = Votes
