"""The register as a workbook: written out, read, undone."""
