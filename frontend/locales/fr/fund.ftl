# fund
fund-title = Fonds
