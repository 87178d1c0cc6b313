"""Dangerous things that can stand in any scene, each with the safe thing that stands there once it is dealt with."""
