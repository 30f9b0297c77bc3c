import http.server
import threading

import mlflow
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.tracking import check_store, how_to_look


@pytest.fixture
def at():
    before = mlflow.get_tracking_uri()
    yield mlflow.set_tracking_uri
    mlflow.set_tracking_uri(before)


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9", "foo://bar", "postgresql://127.0.0.1:9/x"])
def test_store_that_cannot_be_used_is_one_sentence(at, uri):
    at(uri)
    with pytest.raises(InputError, match="MLFLOW_TRACKING_URI") as error:
        check_store()
    assert uri in str(error.value)
    assert "\n" not in str(error.value)


def test_store_is_checked_and_shown(store):
    check_store()
    assert how_to_look() == f"mlflow ui --backend-store-uri {mlflow.get_tracking_uri()}"


def test_server_that_is_no_tracking_server(at):
    class NotMLflow(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), NotMLflow) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        at(f"http://127.0.0.1:{server.server_port}")
        try:
            with pytest.raises(InputError, match="cannot be used"):
                check_store()
        finally:
            server.shutdown()
            thread.join()
