# Ce que dit chaque code : ce qui s’est passé et que faire. Personne n’est mis en cause.

## La requête elle-même
problem-bad-request = La demande n’a pas pu être comprise. Rechargez la page, puis réessayez.
problem-invalid = Certaines réponses sont à modifier
problem-unknown-field = Ce champ est inconnu ici. Rechargez la page, puis réessayez.
problem-required = À remplir
problem-wrong-type = Cette valeur n’a pas la forme attendue
problem-too-long = À raccourcir : { $max } au plus
problem-not-a-choice = Choisissez l’une des options
problem-date-format = Indiquez une date, par exemple 2026-03-12
problem-email-format = Indiquez une adresse électronique, par exemple nom@example.org
problem-date-order = La fin précède le début
problem-body-too-large = L’envoi est trop volumineux. Raccourcissez-le ou choisissez un fichier plus petit.
problem-content-type = La demande n’avait pas la forme attendue. Rechargez la page, puis réessayez.
problem-cross-site = La demande venait d’un autre site et a été refusée.
problem-sign-in-required = Connectez-vous d’abord
problem-forbidden = Vos rôles ne le permettent pas
problem-not-found = Cela n’existe pas, ou ne vous est pas ouvert.
problem-method-not-allowed = Cela n’est pas possible ici. Rechargez la page.
problem-stale-version = Une autre personne a modifié ce contenu depuis que vous l’avez ouvert. Votre texte est conservé ; chargez la version récente et comparez.
problem-if-match-required = La page n’a pas indiqué quelle version elle modifie. Rechargez-la.
problem-idempotency-key-required = La page n’a pas rendu cette demande unique. Rechargez-la.
problem-idempotency-key-reused = Cette demande a déjà été envoyée avec un autre contenu. Rechargez la page.
problem-duplicate = Cela existe déjà
problem-wrong-state = L’état actuel ne le permet pas. Rechargez la page pour voir ce qui a changé.
problem-too-many-requests = Trop de tentatives. Attendez { $seconds } secondes, puis réessayez.
problem-timeout = Le délai de réponse est dépassé. Réessayez.
problem-storage-full = Le serveur n’a plus de place pour enregistrer. Rien n’a été modifié ; votre saisie reste sur la page. Veuillez prévenir le Bureau de coordination.
problem-internal = Un incident est survenu de notre côté. Votre saisie reste sur la page ; réessayez dans un instant.

## Personnes
problem-credentials-wrong = Cette adresse et ce mot de passe ne vont pas ensemble
problem-password-too-short = Au moins { $min } caractères
problem-link-expired = Ce lien a déjà servi ou n’est plus valable. Demandez-en un nouveau.

## Montants
problem-amount-format = Indiquez un montant simple, par exemple 24000,00
problem-amount-precision = Cette monnaie compte moins de décimales
problem-amount-range = Ce montant dépasse ce qui peut être enregistré
problem-amount-not-positive = Indiquez un montant supérieur à zéro
problem-currency-unknown = Ce n’est pas une monnaie à unités divisionnaires
problem-currency-mismatch = Le montant doit être en { $expected }

## Appels
problem-weights-sum = La somme des pondérations doit être 100 ; elle est de { $sum }
problem-call-not-open = Cet appel n’est pas ouvert
problem-deadline-passed = Le délai est passé. Votre brouillon est conservé.
problem-concept-first = Cet appel a deux étapes : une proposition complète suit une note conceptuelle invitée
problem-one-stage = Cet appel n’a qu’une étape et ne prend pas de notes conceptuelles
problem-call-frozen = Après la publication, seuls un délai plus long ou une enveloppe plus grande sont possibles
problem-results-not-released = Les résultats de cet appel ne sont pas encore communiqués : la direction du Desk le fait depuis la page de l’appel
problem-zone-unknown = Choisissez un fuseau horaire par son nom, par exemple Europe/Berlin
problem-local-time-skipped = Cette heure n’existe pas dans ce fuseau, au passage à l’heure d’été. Choisissez une heure plus tard.
problem-local-time-twice = Cette heure existe deux fois dans ce fuseau, au passage à l’heure d’hiver. Choisissez une heure plus tôt ou plus tard.
problem-number-range = Indiquez un nombre de { $min } à { $max }
problem-min-above-max = La valeur maximale est inférieure à la valeur minimale, { $min }
problem-not-unique = Cette valeur figure deux fois dans la liste
problem-key-format = Lettres minuscules sans accent, chiffres et tirets bas seulement
problem-too-many = { $max } entrées au plus

## Budget d’une proposition
problem-category-unknown = Cet appel ne prévoit pas cette catégorie
problem-refinancing-fee-on-grant = La subvention ne peut pas payer cette contribution : choisissez une autre source
problem-indirect-cap = Les coûts indirects sont limités à { $percent } % des coûts directs : { $max }
problem-contingency-cap = Les imprévus sont limités à { $percent } % des coûts directs : { $max }
problem-request-below-min = La demande est inférieure au minimum de l’appel, { $min }
problem-request-above-max = La demande dépasse le maximum de l’appel, { $max }
problem-duration-above-max = L’appel prévoit { $max } mois au plus
problem-cofunding-below-min = Le cofinancement doit atteindre { $percent } % du total ; il manque { $missing }
problem-line-total-mismatch = Quantité × coût unitaire donne { $expected }
problem-budget-empty = Ajoutez au moins une ligne financée par la subvention
problem-too-many-words = { $words } mots ; { $max } au plus sont possibles
problem-far-from-concept = La note conceptuelle demande { $asked } ; de { $min } à { $max }, l’écart reste dans les { $percent } %. Modifiez le budget, ou sollicitez une dérogation auprès du responsable de la coordination.
problem-answer-missing = Répondez à cette question

## Évaluation
problem-declaration-required = Déclarez d’abord vos conflits d’intérêts
problem-conflict-of-interest = Il y a un conflit d’intérêts sur cette proposition
problem-score-missing = Donnez une note
problem-score-range = Donnez une note de 0 à { $max }
problem-comment-required = Une note aussi haute ou aussi basse demande un commentaire
problem-suggested-above-request = Le montant suggéré dépasse la demande de { $max }
problem-sheets-missing = { $have } fiches valables ; il en faut { $need }
problem-reason-required = Indiquez un motif

## Vote
problem-vote-window-short = Le vote doit rester ouvert au moins { $min_days } jours ouvrables
problem-vote-not-open = Le vote n’est pas ouvert
problem-already-voted = Votre organisation a déjà voté
problem-alternate-note = Précisez que le titulaire est empêché
problem-amount-above-request = Le montant dépasse la demande
problem-amount-not-whole = Moins que la demande de { $expected } est une approbation partielle
problem-amount-whole = La demande entière n’est pas une approbation partielle
problem-amount-not-for-outcome = Cette issue n’accorde aucun montant
problem-no-voters = Aucune organisation sans conflit d’intérêts n’a de voix

## Argent du fonds
problem-insufficient-headroom = Il manque { $missing } à la marge du fonds
problem-earmarked-elsewhere = L’argent restant est affecté à d’autres pays, appels ou guichets : il manque { $missing }
problem-envelope-exceeded = Il manque { $missing } à l’enveloppe de l’appel
problem-insufficient-cash = Il manque { $missing } à la trésorerie reçue
problem-above-remaining = Ce montant dépasse le solde : { $remaining }
problem-above-signed = Ce montant dépasse ce qui a été signé ; { $max } au plus
problem-tranche-sum = La somme des tranches doit égaler la convention ; l’écart est de { $difference }
problem-first-tranche-cap = La première tranche est limitée à { $max }
problem-retention-min = La retenue doit être d’au moins { $min }
problem-tranche-blocked = Cette tranche ne peut pas encore être payée
problem-separation-of-duties = Une autre personne doit faire cette étape, car vous avez fait une étape précédente
problem-second-approval-required = Au-delà du plafond, l’approbation du responsable de la coordination est aussi requise
problem-bank-reference-used = Cette référence bancaire a déjà servi
problem-no-donor-shares = Aucune part de bailleur sur laquelle répartir ce montant
problem-date-in-future = Ce jour n’est pas encore venu ; au plus tard le { $max }
problem-date-too-early = Cette date est trop ancienne ; au plus tôt le { $min }

## Cours, périodes, banque
problem-rate-missing = Aucun cours approuvé pour { $currency } au { $day }
problem-transfer-missing = Aucun versement n’est encore arrivé, il n’y a donc pas de cours pour convertir le rapport
problem-credit-unconfirmed = Le montant arrivé avec le paiement { $number } n’est pas encore confirmé
problem-columns-missing = Il manque au fichier ces colonnes : { $columns }
problem-cells-count = { $found } cellules au lieu de { $expected }
problem-file-garbled = Les caractères du fichier sont illisibles. Choisissez le fichier tel que la banque le fournit, ou enregistrez-le en UTF-8 ; rien n’en a été repris.
problem-file-empty = Le fichier n’a aucune ligne
problem-period-locked = Ce jour tombe dans une période clôturée ; choisissez un jour d’une période ouverte
problem-period-not-ended = La période n’est pas encore terminée
problem-bookings-waiting = Des écritures datées de la période attendent confirmation : { $count }
problem-unreconciled = La banque et le journal ne concordent pas encore ; { $amount } reste inexpliqué
problem-file-twice = Ce fichier a déjà été repris
problem-matched-already = La ligne ou l’écriture est déjà rapprochée

problem-iban-format = Ce n’est pas un IBAN : sa clé de contrôle ne convient pas
problem-account-format = Saisissez de 4 à 34 lettres et chiffres
problem-one-account-number = Saisissez un IBAN ou un autre numéro de compte, pas les deux
problem-bic-format = Ce n’est pas un BIC : 8 ou 11 lettres et chiffres
problem-account-mismatch = Ce n’est pas le numéro qui a été saisi
problem-account-not-verified = Le bénéficiaire n’a pas de compte bancaire vérifié
problem-above-reported = Au plus ce qui a été déclaré : { $max }
problem-shift-too-large = La rubrique { $category } dépasse ce qu’un rapport peut porter : demandez un avenant qui lui donne davantage
problem-shift-approval-required = La rubrique { $category } dépasse son budget de plus de 10 % : le Desk doit d’abord l’approuver
problem-decision-required = Le total de { $expected } reste inchangé, de même que l’objet et le pays. Pour les changer, le comité de pilotage doit prendre une nouvelle décision : demandez une motion au Desk.
problem-below-spent = { $min } sont déjà dépensés dans cette rubrique
problem-amendment-open = Un autre avenant de cette convention est en cours : terminez-le ou abandonnez-le d’abord
problem-report-not-accepted = Un rapport précédent n’est pas encore accepté
problem-payment-open = Un paiement de cette subvention est encore en cours
problem-refund-waits = Un remboursement est enregistré et pas encore confirmé
problem-closure-blocked = La subvention ne peut pas encore être clôturée
problem-not-payable = Ce paiement ne peut pas encore être remis à la banque
