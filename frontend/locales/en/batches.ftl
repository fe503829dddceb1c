# Payments given to the bank together.
batches-title = Files for the bank
batches-lead = Choose payments and make one file of them. They count as ordered from then on; the file is kept with its hash.
batch-available = Cash that no order has taken
batch-chosen = Chosen
batch-not-covered = There is not enough cash for all that is chosen
batch-tick-all = { $count ->
    [one] Choose the one that can be paid
   *[other] Choose all { $count } that can be paid
}
batch-create = { $count ->
    [one] Make a file of { $count } payment
   *[other] Make a file of { $count } payments
}
batch-create-explain = { $count ->
    [one] { $count } payment, { $amount } in all, is ordered. Give the file to the bank.
   *[other] { $count } payments, { $amount } in all, are ordered. Give the file to the bank.
}
batch-made = { $count ->
    [one] A file with { $count } payment, { $amount }, is made
   *[other] A file with { $count } payments, { $amount }, is made
}
batch-account = Account
batch-can = Can be paid?
batch-ready = Yes
batch-none = No payment waits for the bank
batch-none-hint = Prepared payments are shown here until they are ordered.
batch-files = Files that were made
batch-files-none = No file yet
batch-file = File and SHA-256
batch-payments = Payments
batch-made-by = Made by
batch-copy-hash = Copy the hash
batches-link = Files for the bank
obstacle-not-verified = The Desk has not verified it
obstacle-not-approved = Finance has not approved it
obstacle-second-approval = Above the limit: the head of desk has not approved it
obstacle-agreement = The agreement takes no payment now
obstacle-report = A report that is due is not accepted
obstacle-recovery = The recipient owes an overdue recovery
obstacle-account = The recipient’s account is not verified, or was replaced
obstacle-cash = Not enough cash
