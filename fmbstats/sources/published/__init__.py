"""Published statistics of lengths."""

#: Folder of data_raw with a data folder for each guideline but FMB.
GUIDELINES = "guidelines"
