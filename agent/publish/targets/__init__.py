"""Where an edition can go, one kind a file."""
