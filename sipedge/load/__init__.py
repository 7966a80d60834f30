"""Which calls ring or stand now, and for whom: what limits of concurrent calls and call rates are decided by. Pure."""
