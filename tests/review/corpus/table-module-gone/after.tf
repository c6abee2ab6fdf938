# The module is gone, and with it the prevent_destroy of its table.
