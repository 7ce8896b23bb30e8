import pytest

from posterplot.serve.http import server as server_module


@pytest.fixture
def hosts(monkeypatch):
    """Run ``posterplot serve`` up to the server; return the hosts and tokens it would accept."""
    accepted = []
    monkeypatch.delenv("POSTERPLOT_TOKEN", raising=False)
    monkeypatch.setattr("uvicorn.Server.run", lambda *_: None)
    real = server_module.make_server

    def make_server(predictor, *, allowed_hosts, token):
        accepted.append((list(allowed_hosts), token))
        return real(predictor, allowed_hosts=allowed_hosts, token=token)

    monkeypatch.setattr(server_module, "make_server", make_server)
    return accepted


def test_serve_prints_its_address(call, joint_run, hosts):
    code, _, err = call("serve", "--model", joint_run, "--port", 0)
    assert code == 0
    assert "Serving tiny-joint at http://127.0.0.1:" in err
    assert "Anyone" not in err
    assert "localhost" in hosts[0][0]
    assert "*" not in hosts[0][0]


def test_other_addresses_than_loopback_require_a_token_or_hosts(call, joint_run, hosts):
    options = ("serve", "--model", joint_run, "--port", 0, "--host", "0.0.0.0")
    code, _, err = call(*options)
    assert code == 2
    assert "--allow-host" in err
    assert len(err.strip().splitlines()) == 1
    code, _, err = call(*options, "--token", " open sesame ")
    assert code == 0
    assert "White space around the token was removed." in err
    assert hosts.pop() == (["*"], "open sesame")
    code, _, err = call(*options, "--allow-host", "films.lan", "--allow-host", "*.example")
    assert code == 0
    assert "Anyone who reaches this address can use it." in err
    assert {"films.lan", "*.example", "localhost"} <= set(hosts.pop()[0])


@pytest.mark.parametrize("name", ["films.lan:80", "http://films.lan", "f*", "*.*", "", "a@b"])
def test_an_allowed_host_that_is_no_name_is_refused(call, joint_run, hosts, name):
    code, _, err = call("serve", "--model", joint_run, "--port", 0, "--allow-host", name)
    assert code == 2
    assert "not a host name" in err


@pytest.mark.parametrize("token", ["", "  "])
def test_an_empty_token_is_refused(call, joint_run, hosts, monkeypatch, token):
    options = ("serve", "--model", joint_run, "--port", 0)
    code, _, err = call(*options, "--token", token)
    assert code == 2
    assert "the token is empty" in err
    monkeypatch.setenv("POSTERPLOT_TOKEN", token)
    code, _, err = call(*options)
    assert code == 2
    assert "the token is empty" in err
    assert not hosts
