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
home-no-date = Sans échéance
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
tasks-finish-draft = Brouillons à terminer
tasks-answer-request = Demandes à traiter
tasks-sign-agreement = Conventions à signer
tasks-read-result = Résultats
tasks-declare = Évaluations à commencer
tasks-write-sheet = Évaluations à poursuivre
tasks-vote = Votes à exprimer
tasks-resolve-conflict = Conflits mineurs à trancher
tasks-publish-call = Appels à publier
tasks-move-call = Appels à faire avancer
tasks-screen-proposal = Propositions à examiner
tasks-assign-reviewers = Propositions sans évaluateurs
tasks-unblind = Appels à dévoiler
tasks-write-motion = Propositions sans motion
tasks-open-motion = Votes à ouvrir
tasks-draft-agreement = Conventions à rédiger
tasks-approve-agreement = Conventions à approuver
tasks-send-agreement = Conventions à envoyer
tasks-sign-contribution = Contributions à confirmer
tasks-confirm-receipt = Encaissements à confirmer
tasks-confirm-allocation = Mises en réserve à confirmer
tasks-prepare-disbursement = Paiements à préparer
tasks-verify-disbursement = Paiements à vérifier
tasks-approve-disbursement = Paiements à approuver
tasks-second-approve = Paiements au-dessus du plafond
tasks-instruct = Ordres à donner à la banque
tasks-record-payment = Paiements à enregistrer
tasks-invite-person = Personnes sans mot de passe
tasks-look-at-payment = Paiements
tasks-look-at-decision = Votes
