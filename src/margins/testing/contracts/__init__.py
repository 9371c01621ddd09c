"""What every adapter of a port promises, as tests to inherit.

```python
class TestMyStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path):
        return MyStore(tmp_path)
```

Needs pytest. Each suite names the fixture it wants; a fresh adapter per test is not required, since
no test relies on an adapter being empty.
"""

from margins.testing.contracts.approvals import ApprovalsContract
from margins.testing.contracts.ledger import LedgerContract
from margins.testing.contracts.mailer import MailerContract
from margins.testing.contracts.registry import AccessContract, RegistryContract
from margins.testing.contracts.senders import SendersContract
from margins.testing.contracts.signer import SignerContract
from margins.testing.contracts.sink import SinkContract
from margins.testing.contracts.store import StoreContract

__all__ = [
    "AccessContract",
    "ApprovalsContract",
    "LedgerContract",
    "MailerContract",
    "RegistryContract",
    "SendersContract",
    "SignerContract",
    "SinkContract",
    "StoreContract",
]
