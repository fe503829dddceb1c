# grants
grants-title = Grants
