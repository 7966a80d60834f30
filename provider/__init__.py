"""The Django project: settings, urls, the API's router, Celery, and the one-command start."""
