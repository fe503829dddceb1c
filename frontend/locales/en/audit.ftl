# The audit log.
audit-title = Audit log
audit-lead = Who did what, when and why, with what was before and after. Each entry’s hash covers the one before it.
audit-lead-own = What you and your organisation did, with what was before and after.
audit-show = Show
audit-empty = No entry fits
audit-empty-hint = Change or clear the filters.
audit-seq = No.
audit-when = When
audit-who = Who
audit-what = What
audit-changes = Before and after
audit-kind = Kind of thing
audit-kind-hint = Such as period, rate, disbursement
audit-action = Action
audit-action-hint = Such as locked, approved, paid
audit-object = Id of the thing
audit-history = Its history
audit-program = The program
audit-hidden = Not yours to see
audit-more = { $count ->
    [one] { $count } more
   *[other] { $count } more
}
audit-chain = The chain and its head
audit-chain-hint = Note the head outside, in minutes or a mail to the auditor. Checked later, it shows whether the log was rewritten or its end cut off.
audit-copy = Copy head
audit-noted = A head that was noted
audit-noted-hint = As it was copied, number and hash. Leave empty to check the chain alone.
audit-check = Check the chain
audit-whole = { $count ->
    [one] The chain holds: { $count } entry.
   *[other] The chain holds: { $count } entries.
}
audit-broken = The chain breaks at entry { $seq }.
audit-cut = The end is cut off: entry { $seq } is missing.
audit-rewritten = The chain is another one: entry { $seq } is not the one that was noted.
