"""How tables are read: files and objects → rows and Graph's documents → what is wanted of apps → changes."""
