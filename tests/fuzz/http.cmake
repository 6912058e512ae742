xbm_fuzz(http_request LIBS xbm_http)
