"""What keeps strangers from guessing, flooding and scanning. Pure: `now` and `wall` are arguments, nothing waits."""
