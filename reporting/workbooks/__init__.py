"""A sheet as a workbook: written out, read, sent back with what was not taken."""
