# Le cadre, et ce que toute page peut dire.
product = Fonds catalytique
skip-to-content = Aller au contenu
breadcrumb = Vous êtes ici
nav-label = Navigation principale
nav-menu = Menu
nav-home = Accueil
nav-calls = Appels
nav-proposals = Propositions
nav-reviews = Mes évaluations
nav-motions = Votes
nav-fund = Fonds
nav-grants = Subventions
nav-people = Personnes
nav-exports = Exports

theme-system = Apparence : celle du système
theme-light = Apparence : claire
theme-dark = Apparence : sombre

sign-in = Se connecter
sign-out = Se déconnecter
sign-out-everywhere = Se déconnecter de tous les appareils
sign-in-again = Reconnectez-vous
sign-in-again-text = Votre session a pris fin. Votre saisie est toujours sur la page.

loading = Chargement…
load-more = Afficher la suite
try-again = Réessayer
close = Fermer
cancel = Annuler
choose = Choisir…
none = Aucun
optional = (facultatif)
search = Rechercher
reason = Motif
print = Imprimer
state = État
actions = Actions

error-offline = Le serveur est injoignable. Vérifiez votre connexion, puis réessayez ; votre saisie est conservée.
error-reference = Si vous demandez de l’aide, indiquez cette référence : { $id }

not-found-title = Page introuvable
not-found-text = Il n’y a pas de page à cette adresse, ou elle ne vous est pas ouverte.
not-found-home = Aller à la première page

save-saving = Enregistrement…
save-saved = Enregistré à { $time }
save-offline = Hors ligne, conservé sur cet appareil
save-failed = Enregistrement impossible

words-left = { $left ->
    [one] encore { $left } mot sur { $max }
   *[other] encore { $left } mots sur { $max }
}
words-over = { $over ->
    [one] { $over } mot au-delà de la limite de { $max }
   *[other] { $over } mots au-delà de la limite de { $max }
}
words-over-from = Au-delà de la limite :

deadline-left = encore { $left }
deadline-passed = Le délai est passé
deadline-own = { $time }, à votre heure
time-days = { $days ->
    [one] { $days } jour
   *[other] { $days } jours
}
time-hours = { $hours ->
    [one] { $hours } heure
   *[other] { $hours } heures
}
time-minutes = { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}

label-message = { $label } : { $message }
