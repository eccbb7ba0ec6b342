"""fmbstats: real sick-leave lengths compared with the recommendations of FMB."""
