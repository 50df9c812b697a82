"""Every change, before it is sent and after it is answered; and who approved it."""
