"""Several processes at work on one database, and a recount of what they left."""
