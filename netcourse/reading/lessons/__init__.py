"""The labs, tables and pages of the lessons, one package per lesson."""
