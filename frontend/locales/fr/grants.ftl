# grants
grants-title = Subventions
