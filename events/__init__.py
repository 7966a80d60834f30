"""What happened, told to those whose it is: the feed, and the webhooks that carry it to their programs."""
