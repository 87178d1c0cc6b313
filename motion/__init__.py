"""Bodies, skeletons and clips, and how bodies move."""
