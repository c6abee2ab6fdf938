"""From the JSON of a plan to a `Plan`: parsing, what each value is, what hides behind references, drift and noise."""
