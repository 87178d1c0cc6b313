"""Who comes, when, from where to where, and how they walk (2-D)."""
