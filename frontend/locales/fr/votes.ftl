# votes
motions-title = Votes
