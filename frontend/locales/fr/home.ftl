# home
home-title = Accueil
