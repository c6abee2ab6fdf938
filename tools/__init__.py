"""What maintainers run on the checkout itself: nothing here is part of a deploy."""
