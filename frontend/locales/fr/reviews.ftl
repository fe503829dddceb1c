# Évaluations : attributions, déclarations, grilles, classement.
reviews-title = Mes évaluations
reviews-empty = Rien à évaluer ici
reviews-empty-hint = Lorsque le Bureau de coordination vous confie une proposition, elle apparaît ici avec son échéance.
reviews-all = Toutes ({ $n })
reviews-to-start = À commencer ({ $n })
reviews-to-continue = En cours ({ $n })
reviews-submitted = Remises ({ $n })
review-proposal = Proposition
review-call = Appel
review-due = Échéance
review-due-on = à remettre le { $date }
review-start = Commencer
review-continue = Continuer
review-view = Voir
review-progress = { $scored } critères notés sur { $of }
review-requested = Montant demandé
review-reason = Motif

declare-title = Conflit d’intérêts
declare-why = Avant d’ouvrir cette proposition, dites si quelque chose vous y lie : travail, famille, argent ou aide à la rédaction. Toutes les personnes qui évaluent, votent ou approuvent des paiements le font.
declare-partners = Partenaires cités dans la proposition : { $names }
declare-question = Avez-vous un conflit d’intérêts ?
declare-none-hint = Rien ne vous lie au candidat, à ses partenaires ni à cette proposition.
declare-soft-hint = Un lien que les autres doivent connaître. Vous continuez ; la direction du Bureau décide si vous vous retirez.
declare-hard-hint = Vous vous retirez dès maintenant. La proposition vous est fermée, sans retour possible.
declare-explanation = Ce qui vous y lie
declare-explanation-hint = Le Bureau lit ce texte, qui figure au procès-verbal.
declare-send = Déclarer
declare-done = Votre déclaration est enregistrée
declare-shut = Vous ne participez pas à cette proposition
declare-found = Vous appartenez au candidat ou à un partenaire de cette proposition ; son contenu vous reste donc fermé.
declare-stands = Votre conflit d’intérêts est enregistré ; le contenu vous reste donc fermé.
declare-back = Aller à mes évaluations

review-sheet = Grille de notation
review-criteria = Critère
review-criteria-scores = Notes par critère
review-criterion = { $name } ({ $weight } %)
review-weight = { $weight } %
review-weight-head = Poids
review-score = Note
review-comment = Commentaire sur « { $name } »
review-comment-short = Commentaire
review-comment-hint = Nécessaire pour les notes les plus basses et la plus haute.
review-strengths = Points forts
review-weaknesses = Points faibles
review-light = Votre avis
review-suggested = Montant suggéré
review-suggested-hint = Au plus { $max }. Laissez vide si vous déconseillez le financement.
review-total = Total provisoire
review-total-final = Total
review-submit = Remettre la grille
review-submit-explain = Une grille remise ne peut plus être modifiée. Personne d’autre ne la voit avant la levée du secret.
review-then-next = Ouvrir ensuite mon évaluation suivante
review-submitted-toast = Votre grille est remise
review-is-submitted = Grille remise
review-blind = Les autres ne voient une grille qu’une fois le secret levé.
review-next = Ouvrir mon évaluation suivante
review-conflict = J’ai un conflit d’intérêts
review-stale = Cette grille a été modifiée ailleurs
review-stale-text = Un autre onglet ou appareil a enregistré une version plus récente. Copiez ce que vous voulez garder, puis chargez-la.
review-reload = Charger la version récente
review-tag = GCT

keys-show = Touches
keys-title = Touches
keys-help = Cette liste
keys-score = Noter le critère actif
keys-tab = Champ suivant ; Maj et Tab pour le précédent
keys-escape = Fermer une fenêtre

ranking-title = Classement
ranking-blind = Les notes sont secrètes
ranking-blind-text = { $ready } propositions sur { $of } ont les { $min } grilles nécessaires. Jusqu’à la levée du secret, seul son auteur voit une grille ; personne ne voit ni note ni ordre.
ranking-blind-pending = { $n ->
    [0] Toutes les grilles attribuées sont remises.
    [one] { $n } grille est encore attendue.
   *[other] { $n } grilles sont encore attendues.
}
ranking-unblinded = Secret levé le { $at }. Classement selon la moyenne exacte des grilles.
ranking-explain = Finançable à partir de { $min } points, et des minimums propres à certains critères. Le cumul additionne les propositions finançables, dans l’ordre, face à l’enveloppe de l’appel.
ranking-rank = Rang
ranking-score = Note
ranking-spread = Minimum et maximum
ranking-sheets = Grilles
ranking-of-sheets = { $n ->
    [one] { $n } grille
   *[other] { $n } grilles
}
ranking-pending = Encore attendues
ranking-fundable = Finançable
ranking-yes = Oui
ranking-no = Non
ranking-tied = note égale
ranking-divergent = avis éloignés : demandez-en un de plus
ranking-cumulative = Cumul
ranking-cut = Au-delà de l’enveloppe
ranking-all = Toutes
ranking-only-fundable = Finançables seulement
ranking-only-not = Non finançables seulement
ranking-empty = Aucune proposition à classer
ranking-empty-hint = Les propositions apparaissent ici dès que des évaluateurs sont désignés. Modifiez le filtre pour en voir d’autres.
unblind = Lever le secret des notes
unblind-explain = Toutes les grilles, les notes et le classement deviennent visibles pour le Bureau, le Groupe de pilotage et les évaluateurs. Les propositions passent de l’évaluation à l’état « notée ». C’est définitif.
unblind-early = { $n ->
    [one] { $n } grille est encore attendue et ne comptera pas. Dites pourquoi vous n’attendez pas.
   *[other] { $n } grilles sont encore attendues et ne compteront pas. Dites pourquoi vous n’attendez pas.
}
unblind-not-yet = Le secret pourra être levé quand chaque proposition aura le minimum de grilles.
unblind-done = Le secret des notes est levé

scores-title = Notes
scores-sheets = Grilles
scores-mean = { $score } sur 100, moyenne de { $n } grilles
scores-mean-head = Moyenne

bar-envelope = Enveloppe de l’appel
bar-allocable = Fonds : à allouer
bar-used = Réservé et engagé
bar-committed = Engagé
bar-reserved = Réservé
bar-this = Cette motion
bar-left = Reste
bar-earmarked = { $amount } de plus sont affectés à d’autres subventions.

assign-title = Évaluateurs
assign-do = Désigner des évaluateurs
assign-choose = Choisir
assign-reviewers = Évaluateurs
assign-conflicts = Conflits déclarés
assign-minimum = Chaque proposition demande { $sheets } grilles, dont { $tag } du Groupe consultatif technique (GCT).
assign-short = { $have } évaluateurs sur { $need }
assign-empty = Aucune proposition n’est prête pour l’évaluation
assign-empty-hint = Vérifiez d’abord la recevabilité des propositions soumises.
assign-open = { $n ->
    [one] { $n } grille à remplir
   *[other] { $n } grilles à remplir
}
assign-excluded = Conflit d’intérêts sur une proposition choisie
assign-chosen = { $n ->
    [0] Choisissez d’abord des propositions dans la liste.
    [one] Pour { $n } proposition.
   *[other] Pour { $n } propositions.
}
assign-done = { $n ->
    [0] Ces évaluateurs étaient déjà désignés
    [one] { $n } évaluation attribuée
   *[other] { $n } évaluations attribuées
}
conflict-resolve = Statuer sur le conflit
conflict-question = Cette personne peut-elle continuer ?
conflict-reason-hint = Le motif figure au procès-verbal.
conflict-resolved = Votre décision est enregistrée
