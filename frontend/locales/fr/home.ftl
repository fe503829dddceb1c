# Ce qui attend le lecteur.
home-title = Accueil
home-waiting = Ce qui vous attend
home-news = Bon à savoir
home-empty = Rien ne vous attend
home-empty-hint = Dès qu’une étape vous revient, elle apparaît ici avec son échéance.
home-calls = Voir les appels
home-what = Quoi
home-due = Échéance
home-when = Date
home-amount = Montant
home-overdue = En retard
home-overdue-count = { $count ->
    [one] { $count } en retard
   *[other] { $count } en retard
}

# Une étape : un verbe et son objet.
task-finish-draft = Terminer votre proposition
task-answer-request = Répondre à la demande du bureau
task-sign-agreement = Signer la convention
task-read-result = Lire le résultat
task-declare = Déclarer vos conflits d’intérêts, puis évaluer
task-write-sheet = Poursuivre votre évaluation
task-vote = Voter pour votre organisation
task-resolve-conflict = Trancher un conflit mineur
task-publish-call = Publier l’appel
task-move-call = Ouvrir la phase suivante de l’appel
task-screen-proposal = Examiner la recevabilité
task-assign-reviewers = Désigner des évaluateurs
task-unblind = Dévoiler les fiches de notation
task-write-motion = Rédiger une motion
task-open-motion = Ouvrir le vote
task-draft-agreement = Rédiger la convention
task-approve-agreement = Approuver la convention
task-send-agreement = Envoyer la convention
task-sign-contribution = Confirmer la signature du bailleur
task-confirm-receipt = Confirmer l’encaissement
task-confirm-allocation = Confirmer la mise en réserve
task-prepare-disbursement = Préparer le paiement
task-verify-disbursement = Vérifier le paiement
task-approve-disbursement = Approuver le paiement
task-second-approve = Approuver le paiement au-dessus du plafond
task-instruct = Donner l’ordre à la banque
task-record-payment = Enregistrer le paiement
task-invite-person = Inviter une personne sans mot de passe
task-look-at-payment = Examiner le paiement
task-look-at-decision = Examiner le vote

# Les mêmes, comptées.
tasks-finish-draft = brouillons à terminer
tasks-answer-request = demandes à traiter
tasks-sign-agreement = conventions à signer
tasks-read-result = résultats
tasks-declare = évaluations à commencer
tasks-write-sheet = évaluations à poursuivre
tasks-vote = votes à exprimer
tasks-resolve-conflict = conflits mineurs à trancher
tasks-publish-call = appels à publier
tasks-move-call = appels à faire avancer
tasks-screen-proposal = propositions à examiner
tasks-assign-reviewers = propositions sans évaluateurs
tasks-unblind = appels à dévoiler
tasks-write-motion = propositions sans motion
tasks-open-motion = votes à ouvrir
tasks-draft-agreement = conventions à rédiger
tasks-approve-agreement = conventions à approuver
tasks-send-agreement = conventions à envoyer
tasks-sign-contribution = contributions à confirmer
tasks-confirm-receipt = encaissements à confirmer
tasks-confirm-allocation = mises en réserve à confirmer
tasks-prepare-disbursement = paiements à préparer
tasks-verify-disbursement = paiements à vérifier
tasks-approve-disbursement = paiements à approuver
tasks-second-approve = paiements au-dessus du plafond
tasks-instruct = ordres à donner à la banque
tasks-record-payment = paiements à enregistrer
tasks-invite-person = personnes sans mot de passe
tasks-look-at-payment = paiements
tasks-look-at-decision = votes
