xbm_fuzz(cursor LIBS xbm_bookmarks)
