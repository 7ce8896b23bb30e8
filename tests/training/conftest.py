import pytest
from tests.conftest import keep_exporter_tables


@pytest.fixture(scope="session", autouse=True)
def exporter_tables():
    """Export each network in half of the time."""
    keep_exporter_tables()
