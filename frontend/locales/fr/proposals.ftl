# proposals
proposals-title = Propositions
