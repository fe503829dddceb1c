# reviews
reviews-title = My reviews
