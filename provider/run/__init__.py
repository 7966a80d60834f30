"""The one-command start: environment, embedded PostgreSQL and Valkey, and the supervisor of all parts."""
