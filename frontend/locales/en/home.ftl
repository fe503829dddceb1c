# home
home-title = Home
