"""Protection that is turned off: against deletion, of backups, of encryption, of history."""
