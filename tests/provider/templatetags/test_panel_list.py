"""The panel's lists are drawn by our own tag: rows where there are any, else what an empty list says."""

from django.urls import reverse

from accounts.models import UserAgentBan
from tests.factories.accounts import UserFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client


def test_a_list_shows_its_rows_under_their_headers(two_resellers: TwoResellers) -> None:
    page = admin_client(two_resellers.admin).get(reverse("admin:subscribers_subscriber_changelist")).content.decode()
    assert page.count('<tr class="data-row') == 4
    assert page.count('x-data="{rowOpen') == 0  # that is unfold's own tag
    assert page.count("column-aor_text") == 1
    assert "alice@a.example.org" in page


def test_a_column_by_which_the_list_is_sorted_says_so(two_resellers: TwoResellers) -> None:
    address = reverse("admin:subscribers_subscriber_changelist")
    page = admin_client(two_resellers.admin).get(address, {"o": "-1"}).content.decode()
    assert page.index("bob@") < page.index("alice@")
    assert "sorted descending" in page


def test_an_empty_list_says_what_to_do(db: None) -> None:
    UserAgentBan.objects.all().delete()
    client = admin_client(UserFactory(admin=True))
    page = client.get(reverse("admin:accounts_useragentban_changelist")).content.decode()
    assert "No User-Agent is banned" in page
    assert reverse("admin:accounts_useragentban_add") in page
