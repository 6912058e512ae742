xbm_fuzz(import LIBS xbm_transfer)
xbm_fuzz(zip LIBS xbm_transfer)
