"""The questions that a key may ask, one file per topic; `netcourse.assessment.functions` puts them
into one table.
"""
