# Mots de `shared` : <groupe>-<mot>, avec des traits d’union.
role-admin = Administration
role-desk-officer = Chargé·e de coordination
role-finance-preparer = Finances : préparation
role-finance-approver = Finances : approbation
role-head-of-desk = Responsable de la coordination
role-steering-voter = Voix au comité de pilotage
role-steering-facilitator = Animation du comité de pilotage
role-reviewer = Évaluation
role-advisor = Conseil
role-hub = Pôle de connaissances
role-applicant-lead = Candidature, chef de file
role-applicant-member = Candidature, membre
role-endorser = Soutien institutionnel
role-auditor = Audit

organisation-kind-funder = Bailleur
organisation-kind-ministry = Ministère
organisation-kind-scheme-operator = Gestionnaire de régime
organisation-kind-partner = Partenaire de mise en œuvre
organisation-kind-ngo = Organisation non gouvernementale
organisation-kind-university = Université
organisation-kind-network = Réseau
organisation-kind-initiative = L’initiative

body-kind-steering-group = Comité de pilotage
body-kind-coordination-desk = Cellule de coordination
body-kind-technical-advisory-group = Groupe consultatif technique
body-kind-committee = Comité
body-kind-knowledge-hub = Pôle de connaissances
body-kind-partner = Partenaire
body-kind-audit = Audit

conflict-none = Je n’ai pas de conflit
conflict-soft = Il y a un lien à apprécier
conflict-hard = J’ai un conflit et je me retire

resolution-allowed = Peut continuer
resolution-recused = Se retire

review-state-assigned = À commencer
review-state-accepted = En cours
review-state-recused = Récusé
review-state-submitted = Remise
review-state-void = Annulée

light-green = À financer
light-amber = À financer avec des changements
light-red = À ne pas financer

outcome-approved = Approuver la totalité
outcome-approved-partial = Approuver une partie
outcome-approved-conditional = Approuver sous conditions
outcome-approved-contingent = Approuvée, en attente de financement
outcome-revise-and-resubmit = À revoir et à soumettre de nouveau
outcome-rejected = Rejeter
outcome-hint-approved = Le montant est celui de la demande.
outcome-hint-approved-partial = Moins que la demande ; le candidat revoit son budget.
outcome-hint-approved-conditional = Au plus la demande, une fois les conditions remplies.
outcome-hint-revise-and-resubmit = Le candidat peut revenir une fois.
outcome-hint-rejected = Avec les motifs.

decision-approved = Approuvée
decision-approved-partial = Approuvée en partie
decision-approved-conditional = Approuvée sous conditions
decision-approved-contingent = Approuvée, en attente de financement
decision-revise-and-resubmit = À revoir et à soumettre de nouveau
decision-rejected = Rejetée

motion-state-draft = Brouillon
motion-state-open = Ouverte
motion-state-carried = Adoptée
motion-state-not-carried = Non adoptée
motion-state-no-quorum = Sans quorum

choice-yes = Pour
choice-no = Contre
choice-abstain = Abstention
