"""What rules know of AWS itself: settings of accounts, meanings of attributes, who uses what."""
