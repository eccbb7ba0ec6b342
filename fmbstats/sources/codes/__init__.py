"""ICD-10-SE code lists."""
