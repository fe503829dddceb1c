# Words of `shared`: <group>-<word>, with hyphens.
role-admin = Administrator
role-desk-officer = Desk officer
role-finance-preparer = Finance: prepares
role-finance-approver = Finance: approves
role-head-of-desk = Head of desk
role-steering-voter = Steering Group voter
role-steering-facilitator = Steering Group facilitator
role-reviewer = Reviewer
role-advisor = Advisor
role-hub = Knowledge hub
role-applicant-lead = Applicant, lead
role-applicant-member = Applicant, member
role-endorser = Endorser
role-auditor = Auditor

organisation-kind-funder = Funder
organisation-kind-ministry = Ministry
organisation-kind-scheme-operator = Scheme operator
organisation-kind-partner = Implementation partner
organisation-kind-ngo = Non-governmental organisation
organisation-kind-university = University
organisation-kind-network = Network
organisation-kind-initiative = The initiative

body-kind-steering-group = Steering Group
body-kind-coordination-desk = Coordination Desk
body-kind-technical-advisory-group = Technical Advisory Group
body-kind-committee = Committee
body-kind-knowledge-hub = Knowledge hub
body-kind-partner = Partner
body-kind-audit = Audit
