"""The portal of a platform: public pages, the users' own page, and the change of passwords."""
