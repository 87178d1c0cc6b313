"""The static world: geometry, landmarks, walkable ground, and the backends that step and draw it."""
