# La banque et le journal côte à côte.
bank-title = Banque
bank-months = Ce qui reste à rapprocher, mois par mois
bank-lead = Chaque ligne des relevés et chaque écriture de trésorerie du journal a son pendant, ou quelqu’un dit pourquoi non. D’ici là, la période ne peut pas être clôturée.
bank-until = jusqu’au { $day }
bank-unexplained = Non expliqué
bank-all-explained = Tout est expliqué
bank-cut = Il y en a plus qu’il n’en tient ici : les { $max } premiers de chaque groupe sont affichés. Choisissez moins de jours.
bank-confirm-all = { $count ->
    [one] Confirmer { $count } rapprochement
   *[other] Confirmer { $count } rapprochements
}
bank-confirmed = { $count ->
    [one] { $count } rapprochement est confirmé
   *[other] { $count } rapprochements sont confirmés
}
bank-explain = { $count ->
    [one] Expliquer la sélection
   *[other] Expliquer les { $count } éléments sélectionnés
}
bank-line = Sur le relevé
bank-amount = Montant
bank-entry = Dans le journal
bank-booked = Comptabilisé
bank-rule = Trouvé par
bank-choose = Sélectionner
bank-undo = Annuler le rapprochement
bank-undone = Le rapprochement est annulé
bank-by-hand = Expliquer à la main
bank-by-hand-confirm = Confirmer
bank-by-hand-pair = La ligne et l’écriture sélectionnées sont le même événement.
bank-by-hand-each = Chaque ligne ou écriture sélectionnée reste seule, pour ce motif.
bank-reason-hint = Ce qu’un auditeur doit savoir pour comprendre
bank-group-matched = Rapproché, à confirmer
bank-group-different = Montants différents
bank-group-bank-only = Sur le relevé seulement
bank-group-system-only = Dans le journal seulement
bank-group-confirmed = Confirmé
bank-group-empty = Rien
match-rule-end-to-end-id = Identifiant de bout en bout
match-rule-reference = Référence bancaire
match-rule-amount-and-date = Montant et date
match-rule-by-hand = À la main
accounts-empty = Aucun compte bancaire
accounts-empty-hint = Indiquez le compte du fonds et la forme des relevés de sa banque.
account-add = Ajouter un compte bancaire
account-edit = Modifier
bank-account-title = Compte bancaire du fonds
account-save = Enregistrer le compte
account-saved = Le compte est enregistré
account-name = Banque et usage
account-name-hint = Par exemple « Commerzbank, subventions »
bank-account-number = IBAN ou numéro de compte
profile-title = Forme des relevés de la banque
profile-hint = Les noms des colonnes tels que l’en-tête du fichier les donne. Les majuscules ne comptent pas.
profile-skipped = Lignes avant l’en-tête
profile-skipped-hint = Certaines banques écrivent le compte et la période au-dessus du tableau ; 0 si l’en-tête vient en premier
profile-delimiter = Entre les colonnes
profile-date-format = Dates
profile-comma = Virgule décimale
profile-date = Colonne de la date comptable
profile-amount = Colonne du montant
profile-amount-hint = À laisser vide si débits et crédits sont dans deux colonnes
profile-debit = Colonne des débits
profile-credit = Colonne des crédits
profile-reference = Colonne de la référence de la banque
profile-reference-hint = Unique pour chaque ligne : grâce à elle, une ligne n’est reprise qu’une fois
profile-end-to-end = Colonne de l’identifiant de bout en bout
profile-text = Colonne du libellé
delimiter-comma = Virgule
delimiter-semicolon = Point-virgule
delimiter-tab = Tabulation
date-format-iso = 2026-03-12
date-format-dotted = 12.03.2026
date-format-slashed = 12/03/2026
date-format-american = 03/12/2026 (mois d’abord)
date-format-compact = 20260312
statement-import = Reprendre un relevé
statement-lead = Un relevé de { $name }, avec les colonnes { $columns }. Rien n’est enregistré avant votre confirmation, puis tout l’est.
statement-hint = CSV avec une ligne d’en-tête ; UTF-8, UTF-16 ou Windows-1252
statement-sums = Entrées : { $credit } · sorties : { $debit }
statement-confirm = { $count ->
    [one] Reprendre { $count } ligne
   *[other] Reprendre { $count } lignes
}
statement-imported = { $count ->
    [one] { $count } ligne est reprise
   *[other] { $count } lignes sont reprises
}
