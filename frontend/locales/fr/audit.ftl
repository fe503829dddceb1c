# Le journal d’audit.
audit-title = Journal d’audit
audit-lead = Qui a fait quoi, quand et pourquoi, avec l’état avant et après. L’empreinte de chaque entrée couvre la précédente.
audit-lead-own = Ce que vous et votre organisation avez fait, avec l’état avant et après.
audit-show = Afficher
audit-empty = Aucune entrée ne correspond
audit-empty-hint = Modifiez ou effacez les filtres.
audit-seq = N°
audit-when = Quand
audit-who = Qui
audit-what = Quoi
audit-changes = Avant et après
audit-kind = Type d’objet
audit-kind-hint = Par exemple period, rate, disbursement
audit-action = Action
audit-action-hint = Par exemple locked, approved, paid
audit-object = Identifiant de l’objet
audit-history = Son historique
audit-program = Le programme
audit-hidden = Non visible pour vous
audit-more = { $count ->
    [one] { $count } autre
   *[other] { $count } autres
}
audit-chain = La chaîne et sa tête
audit-chain-hint = Notez la tête à l’extérieur, dans un procès-verbal ou un courriel à l’auditeur. Vérifiée plus tard, elle montre si le journal a été réécrit ou sa fin coupée.
audit-copy = Copier la tête
audit-noted = Une tête notée
audit-noted-hint = Telle que copiée, numéro et empreinte. À laisser vide pour vérifier la chaîne seule.
audit-check = Vérifier la chaîne
audit-whole = { $count ->
    [one] La chaîne tient : { $count } entrée.
   *[other] La chaîne tient : { $count } entrées.
}
audit-broken = La chaîne se rompt à l’entrée { $seq }.
audit-cut = La fin est coupée : l’entrée { $seq } manque.
audit-rewritten = La chaîne est une autre : l’entrée { $seq } n’est pas celle qui a été notée.
