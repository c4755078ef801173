"""`python -m netcourse`, where the netcourse command is not on the path."""

from netcourse.cli import app

app(prog_name="netcourse")
