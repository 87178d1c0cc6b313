"""Social paradigms as scripted scenes: people and things on a small stage, one subject who decides, predicates."""
