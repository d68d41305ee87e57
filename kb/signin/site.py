from typing import Any, override

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path

from kb.audit import Action, record


class DeskSite(AdminSite):
    """The admin, with a second step on the way in; who comes, goes and changes a password is recorded."""

    @override
    def get_urls(self) -> list[URLPattern | URLResolver]:
        # Forms and pages need models, which are not there yet when this class is looked up.
        from kb.signin import pages

        return [
            path("login/code/", pages.GiveCode.as_view(), name="sign_in_code"),
            path("second-factor/set-up/", pages.SetUp.as_view(), name="second_factor_set_up"),
            path("second-factor/", self.admin_view(pages.own_factor), name="second_factor"),
            *super().get_urls(),
        ]

    @override
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        from kb.signin import pages

        return pages.GivePassword.as_view()(request)

    @override
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "POST" and request.user.is_authenticated:
            record(Action.SIGNED_OUT, by=request.user)
        return super().logout(request, extra_context)

    @override
    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        response = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            record(Action.PASSWORD_CHANGED, by=request.user, about=request.user)
        return response
