# Appels à propositions.
calls-title = Appels
calls-empty = Aucun appel pour l’instant
calls-empty-hint = Un appel dit ce qui est financé, pose des questions, s’ouvre et se ferme à des heures fixées.
public-calls-title = Appels ouverts
public-calls-empty = Aucun appel n’est ouvert en ce moment
public-calls-empty-hint = Les nouveaux appels sont annoncés ici avant leur ouverture.
public-about = { $fund } finance l’étape qui permet à un pays de mettre en place ou d’étendre openIMIS, et ce que toute la communauté partage ensuite. Des évaluateurs indépendants notent chaque proposition selon des critères publiés, et les bailleurs décident par un vote.

call = Appel
call-title = Titre
call-state = État
call-state-any = Tous les états
call-state-draft = Brouillon
call-state-published = À venir
call-state-open = Ouvert
call-state-closed = Clos
call-state-screening = Examen de recevabilité
call-state-review = Évaluation
call-state-deliberation = Délibération
call-state-decided = Décidé
call-state-completed = Terminé
call-state-cancelled = Annulé
funding-window-country-implementation = Mise en œuvre dans un pays
funding-window-software-development = Développement logiciel
funding-window-community-capacity = Communauté et capacités
language-en = Anglais
language-fr = Français
category-staff = Personnel
category-experts = Experts
category-travel = Voyages
category-training = Formation
category-software-adaptation = Adaptation du logiciel
category-equipment-hosting = Équipement et hébergement
category-local-partners = Partenaires locaux
category-translation-communication = Traduction et communication
category-monitoring-audit = Suivi et audit
category-other-direct = Autres coûts directs
category-refinancing-fee = Contribution au refinancement de l’initiative mondiale
category-contingency = Imprévus
category-indirect = Coûts indirects

call-opens = Ouverture
call-closes = Clôture
call-envelope = Enveloppe
call-apply = Commencer une proposition
call-apply-concept = Commencer une note conceptuelle
call-concepts-close = Étape 1 : clôture des notes conceptuelles
call-full-close = Étape 2 : clôture des propositions complètes
call-stages = Étapes
call-stages-one = Une : propositions complètes d’emblée
call-stages-two = Deux : notes conceptuelles d’abord, puis propositions complètes sur invitation
call-concept = Proposition complète
call-concept-rule = Sur invitation, après une note conceptuelle de { $words } mots au plus, dont elle ne s’écarte que de { $percent }
call-sign-in-to-apply = Se connecter pour proposer
call-print-link = Questions et critères à imprimer
call-print = Imprimer
call-print-title = { $title } : questions et critères
call-who = Qui peut proposer
call-languages = Langues de la proposition
call-countries = Pays
call-any-country = Tous les pays
call-money = Financement
call-grant-size = Subvention
call-grant-range = de { $min } à { $max }
call-duration = Durée
call-months = { $months ->
    [one] { $months } mois au plus
   *[other] { $months } mois au plus
}
call-currencies = Monnaies du budget
call-currency-rate = { $currency } ({ $rate } pour 1 EUR)
call-categories = Catégories de coûts
call-indirect = Coûts indirects
call-contingency = Imprévus
call-of-direct = Au plus { $percent } des coûts directs
call-cofunding = Cofinancement
call-cofunding-rule = Au moins { $percent } du total, dont { $kind } au plus en nature
call-tranches = Versement
call-tranches-rule = Première tranche de { $first } au plus ; au moins { $retention } versés après le rapport final
call-questions = Ce qui est demandé
call-questions-intro = Chaque réponse a une limite de mots. Vous pouvez écrire en plusieurs fois : tout est enregistré à mesure.
call-max-words = { $words ->
    [one] { $words } mot au plus
   *[other] { $words } mots au plus
}
call-criteria = Comment les propositions sont notées
call-scoring = Au moins { $sheets } évaluateurs notent chaque critère de 0 à { $max }, sans voir les notes des autres. Une proposition peut être financée à partir de { $points } points sur 100.
call-weight = { $percent } %
call-score = Note
call-score-means = Ce qu’elle signifie
call-criterion-minimum = Pour être financée, une proposition obtient ici une moyenne d’au moins { $min }.

call-used = Réservé et engagé
call-left = Reste
call-edit = Modifier l’appel
call-back = Retour à l’appel
call-ranking = Classement
call-blocked = { $count ->
    [one] Un point reste à régler avant de publier cet appel. L’éditeur l’indique.
   *[other] { $count } points restent à régler avant de publier cet appel. L’éditeur les indique.
}
call-publish = Publier l’appel
call-publish-explain = « { $title } » devient public immédiatement et s’ouvre à l’heure dite. Dès lors, questions, critères, pondérations, règles budgétaires et taux sont figés : seules une clôture plus tardive ou une enveloppe plus grande restent possibles.
call-published = L’appel est publié
call-move-screening = Lancer l’examen de recevabilité
call-move-review = Lancer l’évaluation
call-move-deliberation = Lancer la délibération
call-move-decided = Déclarer l’appel décidé
call-move-completed = Terminer l’appel
call-move-explain-screening = La cellule vérifie si chaque proposition déposée peut participer. La clôture ne peut plus être repoussée.
call-move-explain-review = Les évaluateurs notent les propositions recevables.
call-move-explain-deliberation = Le groupe de pilotage voit les notes et le classement, puis vote. L’appel ne peut plus être annulé.
call-move-explain-decided = Chaque proposition de cet appel a reçu sa décision. L’enveloppe ne peut plus augmenter.
call-move-explain-completed = Plus rien ne se passe dans cet appel. Il reste consultable.
call-moved = L’appel passe à la phase suivante
call-release-results = Communiquer les résultats
call-release-results-explain = { $count ->
    [one] Le demandeur d’une proposition décidée en voit désormais le résultat, ici et sur sa page d’accueil.
   *[other] Les demandeurs de { $count } propositions décidées en voient désormais le résultat, ici et sur leur page d’accueil.
}
call-results-released = Les résultats sont communiqués
call-extend = Prolonger l’appel
call-extend-explain = Après publication, un appel peut se fermer plus tard, tant que la clôture n’est pas passée, et son enveloppe peut augmenter. Le motif est consigné.
call-extend-submit = Prolonger l’appel
call-extended = L’appel est prolongé
call-cancel = Annuler l’appel
call-cancel-explain = L’appel prend fin définitivement. Il reste consultable comme annulé, et ce motif est consigné.
call-cancelled = L’appel est annulé

call-new-title = Nouvel appel
call-new-intro = Vous créez un brouillon, visible de l’équipe du fonds seulement. Questions, critères et règles viennent ensuite.
call-create = Créer le brouillon
call-copy-of = Questions, critères et règles
call-copy-of-hint = Copiés maintenant ; les deux appels évoluent ensuite séparément.
call-copy-default = Le modèle du fonds
call-basics = L’appel
call-code = Code
call-code-hint = Court et unique, par exemple CI-2026-1. Les numéros des propositions commencent ainsi.
call-window = Ce qui est financé
call-envelope-hint = L’ensemble des subventions de l’appel n’en dépasse pas le montant.
call-zone = Fuseau horaire
call-zone-hint = Ouverture et clôture sont indiquées dans ce fuseau.
call-zone-first = Choisissez d’abord le fuseau horaire.
call-local-hint = À l’heure de { $zone }.
in-language = { $what } ({ $language })
colon = {" "}:{" "}
call-about = Objet de l’appel
call-eligibility = Qui peut proposer
call-countries-hint = Codes à deux lettres séparés par des virgules, par exemple CM, TD, NP. Laissez vide pour tous les pays.
call-currency = Monnaie
call-budget-rate = Unités pour 1 EUR
call-currencies-hint = Le taux convertit les budgets en euros pour les comparer. Il est figé à la publication.
call-add-currency = Ajouter une monnaie
call-min-grant = Plus petite subvention
call-max-grant = Plus grande subvention
call-section-title = Partie
call-new-section = Nouvelle partie
call-add-section = Ajouter une partie
call-question = Question
call-question-hint = Ce que dit une bonne réponse
call-new-question = Nouvelle question
call-add-question = Ajouter une question
call-word-limit = Nombre maximal de mots
call-required = Réponse obligatoire
call-criterion = Critère
call-new-criterion = Nouveau critère
call-add-criterion = Ajouter un critère
call-weight-label = Pondération, en pour cent
call-minimum = Note moyenne requise pour être financé
call-anchor = Signification de la note { $score }
call-weight-sum = { $sum ->
    [100] La somme des pondérations est de 100.
   *[other] La somme des pondérations est de { $sum } ; elle doit être de 100.
}
call-review = Évaluation
call-vote-grant = Vote et convention
call-save = Enregistrer le brouillon
call-saved = Brouillon enregistré
call-ready = Tout y est : la direction de la cellule peut publier cet appel.
call-missing = Avant de pouvoir publier cet appel
move-up = Monter :
move-down = Descendre :
remove = Retirer :
rule-max-months = Durée maximale
rule-indirect-cap = Coûts indirects, au plus
rule-contingency-cap = Imprévus, au plus
rule-cofunding-min = Cofinancement, au moins
rule-in-kind-counts-up-to = Les apports en nature comptent jusqu’à
rule-min-sheets = Fiches de notation par proposition
rule-min-tag-sheets = Dont fiches du TAG
rule-fundable-min = Requis pour être financé
rule-divergence-percent = Écart qui appelle un évaluateur de plus
rule-extreme-scores = Notes à commenter
rule-min-business-days = Durée minimale du vote
rule-reservation-days = Une réservation expire après
rule-first-tranche-cap = Première tranche, au plus
rule-retention-min = Retenue, au moins
rule-tolerance = Écart permis entre proposition et note
rule-unit-months = En mois
rule-unit-percent = En pour cent
rule-unit-count = Nombre
rule-unit-points = En points sur 100
rule-unit-list = Séparées par des virgules
rule-unit-days = En jours
rule-unit-business-days = En jours ouvrés
