# The bank and the journal side by side.
bank-title = Bank
bank-months = What is still to be reconciled, month by month
bank-lead = Every line of the bank’s statements and every cash entry of the journal has its counterpart, or somebody says why not. Until then the period cannot be locked.
bank-until = up to { $day }
bank-unexplained = Not explained
bank-all-explained = Everything is explained
bank-cut = There is more than fits here: the first { $max } of each group are shown. Choose fewer days.
bank-confirm-all = { $count ->
    [one] Confirm { $count } match
   *[other] Confirm { $count } matches
}
bank-confirmed = { $count ->
    [one] { $count } match is confirmed
   *[other] { $count } matches are confirmed
}
bank-explain = { $count ->
    [one] Explain what is chosen
   *[other] Explain the { $count } that are chosen
}
bank-line = On the statement
bank-amount = Amount
bank-entry = In the journal
bank-booked = Booked
bank-rule = Found by
bank-choose = Choose
bank-undo = Undo the match
bank-undone = The match is undone
bank-by-hand = Explain by hand
bank-by-hand-confirm = Confirm
bank-by-hand-pair = The chosen line and the chosen entry are the same event.
bank-by-hand-each = Each chosen line or entry stands alone, for this reason.
bank-reason-hint = What an auditor needs to understand it
bank-group-matched = Matched, to be confirmed
bank-group-different = Different amounts
bank-group-bank-only = On the statement only
bank-group-system-only = In the journal only
bank-group-confirmed = Confirmed
bank-group-empty = Nothing
match-rule-end-to-end-id = End-to-end id
match-rule-reference = Bank reference
match-rule-amount-and-date = Amount and date
match-rule-by-hand = By hand
accounts-empty = No bank account yet
accounts-empty-hint = Write down the fund’s account and how its bank writes statements.
account-add = Add a bank account
account-edit = Change
bank-account-title = Bank account of the fund
account-save = Save the account
account-saved = The account is saved
account-name = Bank and purpose
account-name-hint = Such as “Commerzbank, grants”
bank-account-number = IBAN or account number
profile-title = How the bank writes statements
profile-hint = The names of the columns as the file’s header has them. Capital letters do not matter.
profile-skipped = Lines before the header
profile-skipped-hint = Some banks write the account and the period above the table; 0 when the header comes first
profile-delimiter = Between columns
profile-date-format = Dates
profile-comma = Decimal comma
profile-date = Column with the booking date
profile-amount = Column with the amount
profile-amount-hint = Leave empty when debit and credit are two columns
profile-debit = Column with debits
profile-credit = Column with credits
profile-reference = Column with the bank’s reference
profile-reference-hint = Unique for each line: by it a line is taken in once
profile-end-to-end = Column with the end-to-end id
profile-text = Column with the text
delimiter-comma = Comma
delimiter-semicolon = Semicolon
delimiter-tab = Tabulator
date-format-iso = 2026-03-12
date-format-dotted = 12.03.2026
date-format-slashed = 12/03/2026
date-format-american = 03/12/2026 (month first)
date-format-compact = 20260312
statement-import = Take in a statement
statement-lead = A statement of { $name }, with the columns { $columns }. Nothing is stored until you confirm, and then all of it.
statement-hint = CSV with a header row; UTF-8, UTF-16 or Windows-1252
statement-sums = In: { $credit } · out: { $debit }
statement-confirm = { $count ->
    [one] Take in { $count } line
   *[other] Take in { $count } lines
}
statement-imported = { $count ->
    [one] { $count } line is taken in
   *[other] { $count } lines are taken in
}
