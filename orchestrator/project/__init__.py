"""This project as its files say it: environments, manifests, the checkout."""
