"""What pages say of tokens."""

from django.template import Context, Template


def test_scopes_in_words() -> None:
    page = Template("{% load token_texts %}{{ scopes|in_words|join:', ' }}")
    assert page.render(Context({"scopes": ["calls:read", "tokens:write"]})) == "Calls: read, Tokens: read and write"
