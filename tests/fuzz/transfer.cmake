xbm_fuzz(import LIBS xbm_transfer)
