xbm_fuzz(cache_key LIBS xbm_cache)
