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

conflict-none = I have no conflict
conflict-soft = There is something to weigh
conflict-hard = I have a conflict and step back

resolution-allowed = May go on
resolution-recused = Steps back

review-state-assigned = To start
review-state-accepted = In progress
review-state-recused = Recused
review-state-submitted = Submitted
review-state-void = Void

light-green = Fund it
light-amber = Fund it with changes
light-red = Do not fund it

outcome-approved = Approve the whole request
outcome-approved-partial = Approve a part
outcome-approved-conditional = Approve with conditions
outcome-approved-contingent = Approved, waits for money
outcome-revise-and-resubmit = Revise and resubmit
outcome-rejected = Reject
outcome-hint-approved = The amount is the whole request.
outcome-hint-approved-partial = Less than the request; the applicant refiles the budget.
outcome-hint-approved-conditional = Up to the request, once the conditions are met.
outcome-hint-revise-and-resubmit = The applicant may come back once.
outcome-hint-rejected = With the reasons.

decision-approved = Approved
decision-approved-partial = Approved in part
decision-approved-conditional = Approved with conditions
decision-approved-contingent = Approved, waits for money
decision-revise-and-resubmit = To be revised and resubmitted
decision-rejected = Rejected

motion-state-draft = Draft
motion-state-open = Open
motion-state-carried = Carried
motion-state-not-carried = Not carried
motion-state-no-quorum = No quorum

choice-yes = Yes
choice-no = No
choice-abstain = Abstain
