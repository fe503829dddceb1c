# Exchange rates, and files that are taken in.
rates-title = Exchange rates
rates-lead = Units of a currency for 1 EUR. An approved rate never changes; a correction is a new rate that names the old one. Where a rate is missing, nothing is converted.
rates-empty = No rate here
rates-empty-hint = Enter a rate, upload a file, or change the filter.
rates-upload = Upload a file
rates-tick-all = { $count ->
    [one] Tick the one that waits for you
   *[other] Tick all { $count } that wait for you
}
rates-approve = { $count ->
    [one] Approve { $count } rate
   *[other] Approve { $count } rates
}
rates-approve-explain = They count from now on and cannot be changed any more; a correction is a new rate.
rates-approved = { $count ->
    [one] { $count } rate is approved
   *[other] { $count } rates are approved
}
rate-add = Enter a rate
rate-enter = Enter the rate
rate-add-note = It counts when another person has approved it. Where an approved rate stands for the same day and kind, this one corrects it.
rate-added = The rate is entered. Another person approves it.
rate-approve = Approve
rate-tick = Approve the rate for { $currency } of { $day }
rate-withdraw = Withdraw the rate
rate-withdrawn = The rate is withdrawn
rate-date = Date
rate-date-hint = For a monthly average any day of the month
rate-kind = Kind
rate-per-euro = For 1 EUR
rate-per-euro-hint = Units of the currency, up to nine decimals
rate-source = Source
rate-source-hint = Where it can be looked up, such as the ECB’s reference rates
rate-corrects = corrects { $rate }
rate-is-replaced = Replaced
rate-entered = Entered by
rate-approved = Approved by
rate-kind-budget = Budget rate
rate-kind-bank = Bank rate
rate-kind-monthly-average = Monthly average
rate-state-entered = To be approved
rate-state-approved = Approved
rate-state-withdrawn = Withdrawn
rate-effect-new = New
rate-effect-corrects = Corrects
rate-effect-same = There already

rates-upload-title = Upload exchange rates
rates-upload-lead = A file with the columns currency, date, kind, rate and source. You see row by row what it does; nothing is stored until you confirm, and then all of it.
rates-upload-hint = CSV with a header row; comma and decimal point, or semicolon and decimal comma. Dates as 2026-03-12. Kinds: budget, bank, monthly_average.
rates-upload-counts = New: { $new } · corrections: { $corrects } · there already: { $same }
rates-upload-confirm = { $count ->
    [one] Enter { $count } rate
   *[other] Enter { $count } rates
}
rates-uploaded = { $count ->
    [one] { $count } rate is entered. Another person approves it.
   *[other] { $count } rates are entered. Another person approves them.
}
upload-file = Choose a file
upload-text = Or paste its content
upload-preview = Show what it does
upload-result = What the file does
upload-line = Line
upload-effect = What happens
upload-no-rows = No row can be read
upload-wrong = { $count ->
    [one] One thing is wrong; nothing of the file is stored
   *[other] { $count } things are wrong; nothing of the file is stored
}
upload-at-line = Line { $line }: { $what }
upload-at-cell = Line { $line }, { $column }: { $what }
