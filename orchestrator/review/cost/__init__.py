"""What a plan changes in the monthly bill, from a dated table of AWS's list prices; nothing is asked of the network."""
