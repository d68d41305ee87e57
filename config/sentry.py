"""Report errors to Sentry, without anything about the person who met them."""

from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

from config.logs import without_secrets

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint


def report_errors(dsn: str) -> None:
    """Begin to report. Raises ImproperlyConfigured when the package or the address is no good."""
    try:
        import sentry_sdk
        from sentry_sdk.utils import BadDsn
    except ImportError:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set, but sentry-sdk is not installed:"
            " pip install --require-hashes -r requirements/sentry.txt."
        ) from None
    try:
        sentry_sdk.init(
            dsn=dsn,
            send_default_pii=False,
            include_local_variables=False,  # they may hold what a reader wrote
            max_request_body_size="never",
            auto_session_tracking=False,
            before_send=without_reader,
            before_breadcrumb=lambda crumb, hint: None,
        )
    except BadDsn:
        raise ImproperlyConfigured("SENTRY_DSN must be the address that Sentry shows for the project.") from None


def without_reader(event: "Event", hint: "Hint") -> "Event":
    """Take out what a reader searched for or answered, and what a browser says about itself."""
    event.pop("user", None)
    request = event.get("request", {})
    event["request"] = {name: request[name] for name in ("url", "method") if name in request}
    if "url" in request:
        event["request"]["url"] = without_secrets(str(request["url"]).partition("?")[0])
    return event
