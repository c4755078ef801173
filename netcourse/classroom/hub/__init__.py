"""The course on a JupyterHub: sign-in, the service of the class view, and the kit to set it up."""
