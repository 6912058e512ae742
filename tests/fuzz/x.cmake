xbm_fuzz(x_answer LIBS xbm_x)
