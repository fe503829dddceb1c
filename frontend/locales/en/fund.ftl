# fund
fund-title = Fund
