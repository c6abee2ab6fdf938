"""The words service: random nouns, verbs and adjectives."""
