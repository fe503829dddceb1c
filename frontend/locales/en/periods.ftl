# Months and years that lock.
periods-title = Periods
periods-lead = A locked month or year takes no posting. A correction is booked in an open month and names the one that it relates to.
periods-years = Years
period = Period
period-year = Year { $year }
period-unexplained = Not reconciled
period-waiting = { $count ->
    [one] { $count } booking waits to be confirmed
   *[other] { $count } bookings wait to be confirmed
}
period-proposed-by = Proposed by
period-decided-by = Decided by
period-reconcile-first = Reconcile it with the bank first
period-propose-lock = Propose to lock
period-lock-proposed = Proposed. Another person locks it.
period-lock = Lock the period
period-lock-explain = From then on no posting can be dated into it.
period-is-locked = The period is locked
period-propose-unlock = Propose to unlock
period-unlock-proposed = Proposed. It stays locked until another person agrees.
period-unlock = Unlock the period
period-unlock-explain = Postings can be dated into it again. Reports and exports of it may change.
period-is-unlocked = The period is open again
period-refuse = Refuse
period-refused = Refused
period-own = You proposed this; another person must decide.
period-reason = Give the reason
period-state-open = Open
period-state-lock-proposed = Lock proposed
period-state-locked = Locked
period-state-unlock-proposed = Unlock proposed
entry-corrects = Corrects the locked period from { $from } to { $until }
