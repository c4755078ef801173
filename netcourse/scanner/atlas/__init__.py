"""The bodies that every patient is a warp of: volumes of tissue codes, and where things lie in them."""
