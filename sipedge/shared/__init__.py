"""What edges share, by Redis. Every word goes in the background: no message waits for it."""
