# proposals
proposals-title = Proposals
