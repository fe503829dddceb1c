# Les mois et les années que l’on clôture.
periods-title = Périodes
periods-lead = Un mois ou une année clôturés ne reçoivent plus d’écriture. Une correction s’inscrit dans un mois ouvert et nomme celui qu’elle concerne.
periods-years = Années
period = Période
period-year = Année { $year }
period-unexplained = Non rapproché
period-waiting = { $count ->
    [one] { $count } écriture attend confirmation
   *[other] { $count } écritures attendent confirmation
}
period-proposed-by = Proposé par
period-decided-by = Décidé par
period-reconcile-first = À rapprocher d’abord de la banque
period-propose-lock = Proposer la clôture
period-lock-proposed = Proposé. Une autre personne clôture.
period-lock = Clôturer la période
period-lock-explain = Dès lors, aucune écriture ne peut y être datée.
period-is-locked = La période est clôturée
period-propose-unlock = Proposer la réouverture
period-unlock-proposed = Proposé. La période reste clôturée jusqu’à l’accord d’une autre personne.
period-unlock = Rouvrir la période
period-unlock-explain = Des écritures peuvent de nouveau y être datées. Ses rapports et exports peuvent changer.
period-is-unlocked = La période est rouverte
period-refuse = Refuser
period-refused = Refusé
period-own = Vous l’avez proposé ; une autre personne doit décider.
period-reason = Indiquez le motif
period-state-open = Ouverte
period-state-lock-proposed = Clôture proposée
period-state-locked = Clôturée
period-state-unlock-proposed = Réouverture proposée
entry-corrects = Corrige la période clôturée du { $from } au { $until }
