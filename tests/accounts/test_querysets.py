"""visible_to: each model, each role, two resellers. A model without a row in OWN fails the last test."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models

from accounts.models import ApiToken, Customer, IdempotentAnswer, Reseller, User, UserAgentBan
from accounts.querysets import ScopedQuerySet
from calls.models import Call, CallHour, RolledHour
from events.models import Delivery, Event, Mark, Presence, Webhook
from imports.models import ImportClaim, ImportJob, ImportPart, ImportProblem, ImportRow
from numbering.models import BlockCount, DialSettings, NumberAssignment, NumberBlock, NumberFormat, PhoneNumber
from provider.settings import OWN_APPS
from subscribers.models import (
    Binding,
    CallerRule,
    CallSettings,
    Domain,
    DomainName,
    Forwarding,
    ShownNumber,
    SipCredential,
    Subscriber,
)
from tests.factories.accounts import CustomerFactory, UserFactory
from tests.factories.events import DeliveryFactory, WebhookFactory
from tests.factories.numbering import DialSettingsFactory, NumberAssignmentFactory, NumberBlockFactory
from tests.factories.subscribers import CallerRuleFactory, ForwardingFactory, ShownNumberFactory, SubscriberFactory
from tests.factories.trunking import (
    CarrierFactory,
    DestinationRuleFactory,
    GatewaySourceFactory,
    GatewayStateFactory,
    RouteFactory,
)
from tests.factories.two_resellers import Side, TwoResellers
from trunking.models import BlockPurchase, Carrier, DestinationRule, Gateway, GatewaySource, GatewayState, Route

type_of_rows = Callable[[Side], set[models.Model]]


def _formats_in_use(side: Side) -> set[models.Model]:
    return {settings.number_format for settings in DialSettings.objects.of_reseller(side.reseller.pk)}


def _nothing(_: Side) -> set[models.Model]:
    return set()


def _subscribers(side: Side) -> set[models.Model]:
    return {side.alice, side.bob}


def _credentials(side: Side) -> set[models.Model]:
    return {side.alice_credential, side.bob_credential}


def _bindings(side: Side) -> set[models.Model]:
    return {side.alice_binding, side.bob_binding}


def _assignments(side: Side) -> set[models.Model]:
    return {side.alice_assignment, side.bob_assignment}


def _names(side: Side) -> set[models.Model]:
    return set(side.domain.names.all())


def _alices(name: str) -> type_of_rows:
    return lambda side: set(getattr(side.alice, name).all())


def _call_settings(side: Side) -> set[models.Model]:
    return set(CallSettings.objects.filter(subscriber=side.alice))


def _jobs(side: Side) -> set[models.Model]:
    return set(ImportJob.objects.filter(reseller=side.reseller))


# Model: what a reseller sees of its own, what its customer sees.
OWN: dict[type[models.Model], tuple[type_of_rows, type_of_rows]] = {
    Reseller: (lambda s: {s.reseller}, _nothing),
    Customer: (lambda s: {s.customer}, lambda s: {s.customer}),
    User: (lambda s: {s.reseller_user, s.customer_user}, lambda s: {s.customer_user}),
    ApiToken: (lambda s: {s.reseller_token, s.customer_token}, lambda s: {s.customer_token}),
    UserAgentBan: (_nothing, _nothing),
    ImportJob: (_jobs, _nothing),
    ImportRow: (lambda s: set(ImportRow.objects.filter(job__in=_jobs(s))), _nothing),
    ImportProblem: (lambda s: set(ImportProblem.objects.filter(job__in=_jobs(s))), _nothing),
    ImportPart: (_nothing, _nothing),
    ImportClaim: (_nothing, _nothing),
    Domain: (lambda s: {s.domain}, lambda s: {s.domain}),
    DomainName: (_names, _names),
    Subscriber: (_subscribers, _subscribers),
    SipCredential: (_credentials, _credentials),
    Binding: (_bindings, _bindings),
    CallSettings: (_call_settings, _call_settings),
    Forwarding: (_alices("forwardings"), _alices("forwardings")),
    CallerRule: (_alices("caller_rules"), _alices("caller_rules")),
    ShownNumber: (_alices("shown_numbers"), _alices("shown_numbers")),
    NumberFormat: (_formats_in_use, _formats_in_use),
    BlockCount: (_nothing, _nothing),
    PhoneNumber: (
        lambda s: {s.alice_number, s.bob_number, s.free_number},
        lambda s: {s.alice_number, s.bob_number},
    ),
    NumberBlock: (lambda s: set(NumberBlock.objects.filter(reseller=s.reseller)), _nothing),
    NumberAssignment: (_assignments, _assignments),
    DialSettings: (
        lambda s: {s.domain.dial_settings, s.alice.dial_settings},
        lambda s: {s.alice.dial_settings},
    ),
    IdempotentAnswer: (_nothing, _nothing),
    Carrier: (_nothing, _nothing),
    Gateway: (_nothing, _nothing),
    GatewaySource: (_nothing, _nothing),
    GatewayState: (_nothing, _nothing),
    Route: (_nothing, _nothing),
    DestinationRule: (_nothing, _nothing),
    BlockPurchase: (_nothing, _nothing),
    Event: (
        lambda s: set(Event.objects.filter(reseller=s.reseller.uid)),
        lambda s: set(Event.objects.filter(customer=s.customer.uid)),
    ),
    Presence: (_nothing, _nothing),
    Webhook: (lambda s: set(s.reseller.webhooks.all()), lambda s: set(s.customer.webhooks.all())),
    Delivery: (
        lambda s: set(Delivery.objects.filter(webhook__reseller=s.reseller)),
        lambda s: set(Delivery.objects.filter(webhook__customer=s.customer)),
    ),
    Mark: (_nothing, _nothing),
    Call: (lambda s: {s.call, s.ended_call}, lambda s: {s.call, s.ended_call}),
    CallHour: (lambda s: set(CallHour.objects.filter(caller_reseller=s.reseller)), _nothing),
    RolledHour: (_nothing, _nothing),
}

by_model = pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)


@pytest.fixture
def world(two_resellers: TwoResellers) -> TwoResellers:
    """Two resellers and, so that nothing is empty, a gateway with a source, a route and a state, a rule, a banned
    User-Agent, an answer that may be asked for again, counted calls, bought blocks, imports, what both alices have set.
    """
    for side in (two_resellers.a, two_resellers.b):
        for factory in (ForwardingFactory, CallerRuleFactory, ShownNumberFactory):
            factory(subscriber=side.alice)
        DialSettingsFactory(domain=None, subscriber=side.alice)
        for customer in (side.customer, None):
            DeliveryFactory(webhook=WebhookFactory(reseller=side.reseller, customer=customer))
        CallHour.objects.create(hour=side.call.started_at, caller_reseller=side.reseller, callee_reseller=side.reseller)
        block = NumberBlockFactory(reseller=side.reseller)
        BlockPurchase.objects.create(block=block, carrier=CarrierFactory())
        BlockCount.objects.create(block=block, holding="free", amount=1)
        job = ImportJob.objects.create(kind="subscribers", reseller=side.reseller, columns=[])
        ImportRow.objects.create(job=job, line=2, outcome="failed", name="alice")
        for model, more in ((ImportProblem, {"line": 2}), (ImportPart, {"number": 0}), (ImportClaim, {"line": 2})):
            model.objects.create(job=job, **more)
    RolledHour.objects.create(hour=two_resellers.a.call.started_at)
    GatewayStateFactory()
    DestinationRuleFactory()
    UserAgentBan.objects.create(pattern="evil*")
    IdempotentAnswer.objects.create(token=two_resellers.a.reseller_token, key="k")
    Mark.objects.create(name="security")
    GatewaySourceFactory()
    RouteFactory()
    return two_resellers


@by_model
def test_a_reseller_sees_its_own_and_nothing_else(world: TwoResellers, model: type[models.Model]) -> None:
    own, _ = OWN[model]
    for side in (world.a, world.b):
        assert set(model.objects.visible_to(side.reseller_user)) == own(side)


@by_model
def test_a_customer_sees_its_own_and_nothing_else(world: TwoResellers, model: type[models.Model]) -> None:
    _, own = OWN[model]
    for side in (world.a, world.b):
        assert set(model.objects.visible_to(side.customer_user)) == own(side)


@by_model
def test_an_administrator_sees_all(world: TwoResellers, model: type[models.Model]) -> None:
    assert set(model.objects.visible_to(world.admin)) == set(model.objects.all()) != set()


@by_model
def test_nobody_else_sees_anything(world: TwoResellers, model: type[models.Model]) -> None:
    dismissed = UserFactory(admin=True, is_active=False)
    for user in (AnonymousUser(), dismissed, User(role="reseller"), User(role="customer")):
        assert not model.objects.visible_to(user).exists()


@by_model
def test_rows_are_never_doubled(world: TwoResellers, model: type[models.Model]) -> None:
    for user in (world.a.reseller_user, world.a.customer_user):
        seen = list(model.objects.visible_to(user))
        assert len(seen) == len(set(seen))


def test_a_customer_sees_nothing_of_the_same_resellers_other_customer(world: TwoResellers) -> None:
    a = world.a
    neighbour = CustomerFactory(reseller=a.reseller)
    user = UserFactory(customer=neighbour)
    other = SubscriberFactory(domain=a.domain, customer=neighbour)
    NumberAssignmentFactory(subscriber=other)
    assert set(Subscriber.objects.visible_to(user)) == {other}
    assert not set(PhoneNumber.objects.visible_to(user)) & {a.alice_number, a.bob_number, a.free_number}
    for model in (Binding, SipCredential, Call):
        assert not model.objects.visible_to(user).exists()


def test_a_released_number_is_not_the_customers_any_more(world: TwoResellers) -> None:
    from numbering.actions import release_number

    release_number(world.a.alice_number)
    assert set(PhoneNumber.objects.visible_to(world.a.customer_user)) == {world.a.bob_number}


def test_every_model_of_ours_is_scoped_and_tested_here() -> None:
    models_ = [model for name in OWN_APPS for model in apps.get_app_config(name).get_models()]
    ours = {model for model in models_ if not model._meta.proxy}
    assert ours == set(OWN)
    assert all(isinstance(model.objects.none(), ScopedQuerySet) for model in ours)
