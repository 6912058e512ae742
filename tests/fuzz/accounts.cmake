xbm_fuzz(jwt LIBS xbm_accounts)
