"""The OpenAPI document: drf-spectacular draws up what views and serializers declare, this package adds our conventions.

schema.py: an operation's name, words and scopes. document.py: the whole, made once. The rest is what document.py adds:
shapes (`?fields=`, `?expand=`), bulk, dry_runs, problems, headers, members (words), examples.
"""
