"""Exchange Online's admin API: cmdlets, invoked over HTTP as the PowerShell module does."""
