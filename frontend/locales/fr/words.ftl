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
