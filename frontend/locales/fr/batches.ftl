# Des paiements remis ensemble à la banque.
batches-title = Fichiers pour la banque
batches-lead = Choisissez des paiements et faites-en un fichier. Dès lors ils comptent comme ordonnés ; le fichier est conservé avec son empreinte.
batch-available = Trésorerie qu’aucun ordre n’a prise
batch-chosen = Sélection
batch-not-covered = La trésorerie ne suffit pas à toute la sélection
batch-tick-all = { $count ->
    [one] Choisir celui qui peut être payé
   *[other] Choisir les { $count } qui peuvent être payés
}
batch-create = { $count ->
    [one] Faire un fichier de { $count } paiement
   *[other] Faire un fichier de { $count } paiements
}
batch-create-explain = { $count ->
    [one] { $count } paiement, { $amount } au total, est ordonné. Remettez le fichier à la banque.
   *[other] { $count } paiements, { $amount } au total, sont ordonnés. Remettez le fichier à la banque.
}
batch-made = { $count ->
    [one] Un fichier de { $count } paiement, { $amount }, est fait
   *[other] Un fichier de { $count } paiements, { $amount }, est fait
}
batch-account = Compte
batch-can = Peut être payé ?
batch-ready = Oui
batch-none = Aucun paiement n’attend la banque
batch-none-hint = Les paiements préparés figurent ici jusqu’à leur ordre.
batch-files = Fichiers faits
batch-files-none = Aucun fichier
batch-file = Fichier et SHA-256
batch-payments = Paiements
batch-made-by = Fait par
batch-copy-hash = Copier l’empreinte
batches-link = Fichiers pour la banque
obstacle-not-verified = Le bureau ne l’a pas vérifié
obstacle-not-approved = Les finances ne l’ont pas approuvé
obstacle-second-approval = Au-delà du plafond : le responsable de la coordination ne l’a pas approuvé
obstacle-agreement = La convention n’admet pas de paiement pour l’instant
obstacle-report = Un rapport dû n’est pas accepté
obstacle-recovery = Le bénéficiaire doit un recouvrement en retard
obstacle-account = Le compte du bénéficiaire n’est pas vérifié ou a été remplacé
obstacle-cash = Trésorerie insuffisante
