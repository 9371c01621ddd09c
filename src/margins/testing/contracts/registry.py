"""What every registry promises to those who keep it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from margins.errors import InputError
from margins.gate import Owner, Policy
from margins.mail.address import Address
from margins.mail.import_address import secret_of
from margins.senders.registry import Registry

__all__ = ["AccessContract", "RegistryContract"]

ADA, BOB = Address("ada", "example.org"), Address("bob", "example.org")
NOW = 1_700_000_000.0


class RegistryContract:
    """Wants a fixture `registry`: an empty one for each test."""

    def test_an_account_may_have_several_addresses(self, registry: Registry) -> None:
        """All of them write to the same notes."""
        account = registry.create("Ada", now=NOW)
        registry.add("Ada", BOB, now=NOW)
        account = registry.add(account.id, ADA, now=NOW)
        assert account.addresses == (ADA, BOB)
        assert [s.account for s in map(registry.find, (ADA, BOB)) if s] == [account.id] * 2
        assert list(registry.accounts()) == [account]
        assert registry.account("Ada") == account

    def test_accounts_are_listed_as_they_were_made(self, registry: Registry) -> None:
        """The oldest first, with or without addresses."""
        names = ["Zoe", "Ada", "Bob"]
        for second, name in enumerate(names):
            registry.create(name, now=NOW + second)
        assert [account.name for account in registry.accounts()] == names

    def test_adding_an_address_again_does_nothing(self, registry: Registry) -> None:
        """A command may be repeated."""
        registry.create("Ada", now=NOW)
        assert registry.add("Ada", ADA, now=NOW) == registry.add("Ada", ADA, now=NOW + 1)

    def test_an_address_writes_to_one_account(self, registry: Registry) -> None:
        """Adding it to a second one is refused, names the first, and changes nothing."""
        ada, _ = registry.create("Ada", now=NOW), registry.create("Bob", now=NOW)
        registry.add("Ada", ADA, now=NOW)
        with pytest.raises(InputError, match=r"'Ada'.*Remove it there"):
            registry.add("Bob", ADA, now=NOW)
        found = registry.find(ADA)
        assert found is not None
        assert found.account == ada.id

    def test_a_removed_address_is_unknown(self, registry: Registry) -> None:
        """From the next mail on, and may then be given to another account."""
        registry.create("Ada", now=NOW)
        registry.add("Ada", ADA, now=NOW)
        assert registry.remove(ADA).addresses == ()
        assert registry.find(ADA) is None
        with pytest.raises(InputError, match="not registered"):
            registry.remove(ADA)

    def test_an_account_is_switched_off_and_on(self, registry: Registry) -> None:
        """Its addresses stay."""
        registry.create("Ada", now=NOW)
        registry.add("Ada", ADA, now=NOW)
        assert not registry.enable("Ada", False).enabled
        found = registry.find(ADA)
        assert found is not None
        assert not found.enabled
        assert registry.account("Ada").addresses == (ADA,)
        assert registry.enable("Ada", True).enabled
        found = registry.find(ADA)
        assert found is not None
        assert found.enabled

    @pytest.mark.parametrize("name", ["Ada", " Ada ", "", "  "])
    def test_names_are_taken_once(self, registry: Registry, name: str) -> None:
        """And are not empty: commands name accounts by them."""
        registry.create("Ada", now=NOW)
        with pytest.raises(InputError) as raised:
            registry.create(name, now=NOW)
        assert raised.value.remedy

    def test_an_account_may_have_the_id_of_who_signs_in_elsewhere(self, registry: Registry) -> None:
        """An identity provider's `sub`, so that mail ends where its person looks; taken once."""
        made = registry.create("Ada", now=NOW, id_="google-oauth2|1042")
        registry.add(made.id, ADA, now=NOW)
        found = registry.find(ADA)
        assert found is not None
        assert (made.id, found.account) == ("google-oauth2|1042",) * 2
        for id_ in (made.id, "two words", "x" * 200, "a\nb"):
            with pytest.raises(InputError):
                registry.create(f"Bob {len(id_)}", now=NOW, id_=id_)
        assert [account.name for account in registry.accounts()] == ["Ada"]

    def test_an_unknown_account_is_an_error_with_a_remedy(self, registry: Registry) -> None:
        """Every command says how to find the right name."""
        commands: list[Callable[[], object]] = [
            lambda: registry.account("Eve"),
            lambda: registry.enable("Eve", True),
            lambda: registry.add("Eve", ADA, now=NOW),
            lambda: registry.access.renew_secret("Eve", "in.example", now=NOW),
            lambda: registry.access.set_policy("Eve", Policy.AUTHENTICATED),
            lambda: registry.access.propose("Eve", ADA, now=NOW),
            lambda: registry.access.block("eve@example.org", account="Eve", now=NOW),
        ]
        for command in commands:
            with pytest.raises(InputError, match="List the accounts"):
                command()


def _secret(registry: Registry, name: str = "Ada") -> str:
    secret = secret_of(registry.access.renew_secret(name, "in.example", now=NOW))
    assert secret is not None
    return secret


class AccessContract:
    """Wants a fixture `registry`: a fresh one for each test, with one account, "Ada"."""

    def test_a_secret_names_its_account(self, registry: Registry) -> None:
        """With its policy and state; another secret names nobody."""
        account = registry.account("Ada")
        secret = _secret(registry)
        assert registry.access.owner(secret) == Owner(account=account.id)
        assert registry.access.owner("a" * 32) is None
        registry.enable("Ada", False)
        found = registry.access.owner(secret)
        assert found is not None
        assert not found.enabled

    def test_a_new_secret_ends_the_old_one(self, registry: Registry) -> None:
        """At once; and when it was made is known, for a person to judge its age."""
        old, new = _secret(registry), _secret(registry)
        assert registry.access.owner(old) is None
        assert registry.access.owner(new) is not None
        assert registry.account("Ada").secret_made == NOW
        assert registry.access.forget_secret("Ada").secret_made == 0
        assert registry.access.owner(new) is None
        assert registry.access.owner(_secret(registry)) is not None

    def test_a_policy_with_a_secret_needs_one(self, registry: Registry) -> None:
        """Or the account would take no mail at all."""
        with pytest.raises(InputError, match="margins accounts secret"):
            registry.access.set_policy("Ada", Policy.SECRET_PROVIDER)
        secret = _secret(registry)
        account = registry.access.set_policy("Ada", Policy.SECRET_PROVIDER)
        registry.add("Ada", ADA, now=NOW)
        sender, owner = registry.find(ADA), registry.access.owner(secret)
        assert sender is not None
        assert owner is not None
        assert account.policy is sender.policy is owner.policy is Policy.SECRET_PROVIDER
        assert registry.account("Ada").policy is Policy.SECRET_PROVIDER

    def test_the_block_list(self, registry: Registry) -> None:
        """An address or a whole domain, for one account or for all; sub-domains are others."""
        access, account = registry.access, registry.account("Ada").id
        access.block("ada@example.org", account="Ada", now=NOW)
        for _ in range(2):
            access.block("@spam.example", now=NOW)
        assert access.blocks(ADA, account)
        assert not access.blocks(ADA, "")
        assert access.blocks(Address("any", "spam.example"), account)
        assert not access.blocks(Address("any", "mail.spam.example"), account)
        assert access.blocked() == [("", "@spam.example"), ("Ada", "ada@example.org")]
        assert access.unblock("@spam.example")
        assert not access.unblock("@spam.example")
        assert access.unblock("ada@example.org", account="Ada")
        assert not access.blocks(ADA, account)

    def test_an_alias_is_confirmed_by_its_code_once(self, registry: Registry) -> None:
        """It writes nothing before, and the code is good for one use."""
        access = registry.access
        code = access.propose("Ada", ADA, now=NOW)
        assert registry.find(ADA) is None
        assert access.confirm(ADA, code.lower() + " ", now=NOW) == registry.account("Ada").id
        assert registry.account("Ada").addresses == (ADA,)
        assert access.confirm(ADA, code, now=NOW) is None

    def test_an_alias_that_writes_to_another_account_stays_there(self, registry: Registry) -> None:
        """An address writes to one account, whoever was asked since."""
        registry.create("Eve", now=NOW)
        code = registry.access.propose("Eve", ADA, now=NOW)
        registry.add("Ada", ADA, now=NOW)
        assert registry.access.confirm(ADA, code, now=NOW) is None
        assert registry.account("Eve").addresses == ()

    def test_an_address_is_asked_five_times_a_day(self, registry: Registry) -> None:
        """Each code replaces the one before; a sixth is made the day after."""
        codes = [registry.access.propose("Ada", ADA, now=NOW + n) for n in range(5)]
        assert registry.access.confirm(ADA, codes[0], now=NOW) is None
        with pytest.raises(InputError, match="5 codes"):
            registry.access.propose("Ada", ADA, now=NOW + 9)
        assert registry.access.confirm(ADA, codes[4], now=NOW + 9) is not None
        for _ in range(5):
            registry.access.propose("Ada", BOB, now=NOW)
        assert registry.access.propose("Ada", BOB, now=NOW + 86_401)

    def test_who_was_asked_is_known(self, registry: Registry) -> None:
        """Until the code came back, was tried too often, or its day is over."""
        account, access = registry.account("Ada").id, registry.access
        codes = {each: access.propose("Ada", each, now=NOW) for each in (ADA, BOB)}
        assert access.asked(now=NOW) == [(account, ADA), (account, BOB)]
        access.confirm(ADA, codes[ADA], now=NOW)
        assert access.asked(now=NOW) == [(account, BOB)]
        assert access.asked(now=NOW + 86_401) == []

    def test_an_owner_reads_mail_at_an_address_of_his(self, registry: Registry) -> None:
        """Nobody is written to when there is none; of several it is the first."""
        account = registry.account("Ada").id
        assert registry.access.mailbox(account) is None
        registry.add("Ada", BOB, now=NOW)
        registry.add("Ada", ADA, now=NOW + 1)
        assert registry.access.mailbox(account) == BOB
        registry.remove(BOB)
        assert registry.access.mailbox(account) == ADA
        registry.remove(ADA)
        assert registry.access.mailbox(account) is None

    def test_a_paused_account_says_so(self, registry: Registry) -> None:
        """By its address and by its secret one, until it goes on."""
        registry.add("Ada", ADA, now=NOW)
        secret = secret_of(registry.access.renew_secret("Ada", "in.example", now=NOW))
        for paused in (True, False):
            assert registry.pause("Ada", paused).paused is paused
            sender, owner = registry.find(ADA), registry.access.owner(secret or "")
            assert sender is not None
            assert owner is not None
            assert (sender.paused, owner.paused, sender.enabled) == (paused, paused, True)

    def test_codes_are_not_guessed_and_do_not_last(self, registry: Registry) -> None:
        """Five wrong tries, or a day, and another must be asked for."""
        code = registry.access.propose("Ada", ADA, now=NOW)
        for _ in range(5):
            assert registry.access.confirm(ADA, "WRONG", now=NOW) is None
        assert registry.access.confirm(ADA, code, now=NOW) is None
        code = registry.access.propose("Ada", ADA, now=NOW)
        assert registry.access.confirm(ADA, code, now=NOW + 86_401) is None
