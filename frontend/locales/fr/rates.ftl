# Les cours de change, et les fichiers à reprendre.
rates-title = Cours de change
rates-lead = Unités d’une monnaie pour 1 EUR. Un cours approuvé ne change plus ; une correction est un nouveau cours qui nomme l’ancien. Sans cours, rien n’est converti.
rates-empty = Aucun cours ici
rates-empty-hint = Saisissez un cours, déposez un fichier ou changez le filtre.
rates-upload = Déposer un fichier
rates-tick-all = { $count ->
    [one] Cocher celui qui vous attend
   *[other] Cocher les { $count } qui vous attendent
}
rates-approve = { $count ->
    [one] Approuver { $count } cours
   *[other] Approuver { $count } cours
}
rates-approve-explain = Ils comptent dès maintenant et ne changent plus ; une correction est un nouveau cours.
rates-approved = { $count ->
    [one] { $count } cours est approuvé
   *[other] { $count } cours sont approuvés
}
rate-add = Saisir un cours
rate-enter = Enregistrer le cours
rate-add-note = Il compte une fois approuvé par une autre personne. Si un cours approuvé existe pour le même jour et le même type, celui-ci le corrige.
rate-added = Le cours est saisi. Une autre personne l’approuve.
rate-approve = Approuver
rate-tick = Approuver le cours { $currency } du { $day }
rate-withdraw = Retirer le cours
rate-withdrawn = Le cours est retiré
rate-date = Date
rate-date-hint = Pour une moyenne mensuelle, n’importe quel jour du mois
rate-kind = Type
rate-per-euro = Pour 1 EUR
rate-per-euro-hint = Unités de la monnaie, neuf décimales au plus
rate-source = Source
rate-source-hint = Où le vérifier, par exemple les cours de référence de la BCE
rate-corrects = corrige { $rate }
rate-is-replaced = Remplacé
rate-entered = Saisi par
rate-approved = Approuvé par
rate-kind-budget = Cours budgétaire
rate-kind-bank = Cours de la banque
rate-kind-monthly-average = Moyenne mensuelle
rate-state-entered = À approuver
rate-state-approved = Approuvé
rate-state-withdrawn = Retiré
rate-effect-new = Nouveau
rate-effect-corrects = Corrige
rate-effect-same = Existe déjà

rates-upload-title = Déposer des cours de change
rates-upload-lead = Un fichier avec les colonnes currency, date, kind, rate et source. Vous voyez ligne par ligne ce qu’il fait ; rien n’est enregistré avant votre confirmation, puis tout l’est.
rates-upload-hint = CSV avec une ligne d’en-tête ; virgule et point décimal, ou point-virgule et virgule décimale. Dates sous la forme 2026-03-12. Types : budget, bank, monthly_average.
rates-upload-counts = Nouveaux : { $new } · corrections : { $corrects } · existants : { $same }
rates-upload-confirm = { $count ->
    [one] Saisir { $count } cours
   *[other] Saisir { $count } cours
}
rates-uploaded = { $count ->
    [one] { $count } cours est saisi. Une autre personne l’approuve.
   *[other] { $count } cours sont saisis. Une autre personne les approuve.
}
upload-file = Choisir un fichier
upload-text = Ou coller son contenu
upload-preview = Voir ce qu’il fait
upload-result = Ce que fait le fichier
upload-line = Ligne
upload-effect = Effet
upload-no-rows = Aucune ligne lisible
upload-wrong = { $count ->
    [one] Une erreur ; rien du fichier n’est enregistré
   *[other] { $count } erreurs ; rien du fichier n’est enregistré
}
upload-at-line = Ligne { $line } : { $what }
upload-at-cell = Ligne { $line }, { $column } : { $what }
