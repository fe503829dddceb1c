# calls
calls-title = Calls
call-new-title = New call
