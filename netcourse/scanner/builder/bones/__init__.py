"""The skeleton: first the distances of all bones, which the muscles press against, later the bones
themselves.
"""
