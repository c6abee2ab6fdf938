counts = { words = 0 }
