"""The frame of the site: addresses, start page, look, headers."""
