counts = { words = 1 }
