# reviews
reviews-title = Mes évaluations
