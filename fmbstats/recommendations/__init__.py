"""FMB recommendations: limits in days, their history, and which one was in force."""
