"""What stands in front of the rooms: laying out the course, opening it, checking a computer,
explaining a case.
"""
