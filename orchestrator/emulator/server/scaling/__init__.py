"""Application Auto Scaling, which MiniStack lacks: targets, policies and scheduled actions are kept, none of them acts.

Only registering a target whose resource lies outside its limits moves the resource, as on AWS.
"""
