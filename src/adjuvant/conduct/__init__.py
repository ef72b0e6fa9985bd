"""The web application with which a trial unit runs its trial (Django).

Each app is one part of the trial's life; an app may use those after it, never those before:
home -> subjects -> protocols -> people -> audit.
"""
