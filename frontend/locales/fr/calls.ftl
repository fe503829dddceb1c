# calls
calls-title = Appels
call-new-title = Nouvel appel
