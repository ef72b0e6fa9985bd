"""People, sites, roles, delegation, log-in: who may do what, where."""
