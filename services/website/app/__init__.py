"""The website service: a page to write on, one for each story, their scripts, their style sheet."""
