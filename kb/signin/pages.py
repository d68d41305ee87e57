"""The pages on the way in: password, code, setting a phone up; and the one that says how a person signs in."""

from typing import Any, override
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.contrib.auth.views import RedirectURLMixin
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.generic import FormView

from kb.audit import Action, record
from kb.models import RecoveryCode
from kb.posts import until_next_hour
from kb.signin import factor, session
from kb.signin.forms import CodeForm, PasswordForm, RenewForm, SetUpForm, SignInForm
from kb.signin.throttle import WAIT, remember_browser

NEW_KEY = "new_key"


def _asking_to_wait(response: HttpResponse, form: BaseForm) -> HttpResponse:
    """Say in the headers, too, when the form was sent too often."""
    if any(form.has_error(field, WAIT) for field in (NON_FIELD_ERRORS, *form.fields)):
        response.status_code = 429
        response.headers["Retry-After"] = str(until_next_hour(timezone.now()))
    return response


@method_decorator([login_not_required, sensitive_post_parameters(), csrf_protect, never_cache], name="dispatch")
class WayIn(RedirectURLMixin, FormView):
    """A page on the way in; `next` leads to where the person wanted to go."""

    next_page = "admin:index"
    title: str

    @override
    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    @override
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {"title": self.title, "app_path": self.request.get_full_path(), "next": self.get_redirect_url()}
        return super().get_context_data(**admin.site.each_context(self.request), **context, **kwargs)

    @override
    def form_invalid(self, form: Any) -> HttpResponse:
        return _asking_to_wait(super().form_invalid(form), form)

    def go_to(self, name: str) -> HttpResponseRedirect:
        """Another page on the way in."""
        return HttpResponseRedirect(f"{reverse(f'admin:{name}')}?{urlencode({'next': self.get_success_url()})}")

    def let_in(self, user: User) -> HttpResponseRedirect:
        session.begin(self.request, user)
        response = HttpResponseRedirect(self.get_success_url())
        remember_browser(response, user)
        return response


class GivePassword(WayIn):
    template_name = "admin/login.html"
    form_class = SignInForm
    title = "Log in"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if admin.site.has_permission(request):
            return HttpResponseRedirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    @override
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(username=self.request.user.get_username(), **kwargs)

    @override
    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        if factor.factor_of(user) is not None:
            session.begin_half(self.request, user)
            return self.go_to("sign_in_code")
        if factor.is_required(user):
            session.begin_half(self.request, user)
            return self.go_to("second_factor_set_up")
        return self.let_in(user)


class GiveCode(WayIn):
    """The second step, for whoever has given the right password."""

    template_name = "admin/sign_in/code.html"
    form_class = CodeForm
    title = "One more step"

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = session.half_signed_in(request)
        if user is None:
            return self.go_to("login")
        self.person = user
        return super().dispatch(request, *args, **kwargs)

    @override
    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.person}

    @override
    def form_valid(self, form: Any) -> HttpResponse:
        return self.let_in(self.person)


class SetUp(WayIn):
    """Make a phone the second factor: on the way in where that is asked for, or later by one's own wish."""

    template_name = "admin/sign_in/set_up.html"
    title = "Set up a second factor"

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.is_in = admin.site.has_permission(request)
        user = request.user if self.is_in else session.half_signed_in(request)
        # A password alone must not be enough to put another phone in the place of the one that is there.
        if not isinstance(user, User) or (not self.is_in and factor.factor_of(user) is not None):
            return self.go_to("login")
        self.person = user
        self.key = request.session.setdefault(NEW_KEY, factor.new_key())
        return super().dispatch(request, *args, **kwargs)

    @override
    def get_form_class(self) -> type[SetUpForm]:
        return RenewForm if self.is_in else SetUpForm

    @override
    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.person, "key": self.key}

    @override
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        address = factor.address_for_apps(self.person, self.key)
        side, dark = factor.outline(address)
        picture = {"side": side, "dark": dark, "address": address, "key": factor.spelled(self.key)}
        return super().get_context_data(is_in=self.is_in, picture=picture, **kwargs)

    @override
    def form_valid(self, form: Any) -> HttpResponse:
        codes = factor.enrol(self.person, form.totp)
        del self.request.session[NEW_KEY]
        record(Action.FACTOR_ADDED, by=self.person, about=self.person)
        if self.is_in:
            session.hold_on(self.request, self.person)
        else:
            session.begin(self.request, self.person)
        response = show_codes(self.request, codes, go_on=self.get_success_url())
        remember_browser(response, self.person)
        return response


def show_codes(request: HttpRequest, codes: list[str], *, go_on: str) -> HttpResponse:
    """Show new recovery codes, this once."""
    context = {**admin.site.each_context(request), "title": "Your recovery codes", "codes": codes, "go_on": go_on}
    return TemplateResponse(request, "admin/sign_in/codes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def own_factor(request: HttpRequest) -> HttpResponse:
    """How this person signs in, with buttons to renew the recovery codes and to do without a second factor."""
    user = session.person_of(request)
    form = PasswordForm(request.POST or None, request=request, user=user)
    has_one, is_required = factor.factor_of(user) is not None, factor.is_required(user)
    if request.method == "POST" and has_one and form.is_valid():
        if "codes" in request.POST:
            record(Action.CODES_RENEWED, by=user, about=user)
            return show_codes(request, RecoveryCode.objects.renew(user), go_on=request.path)
        if "remove" in request.POST and is_required:
            messages.error(request, "Not removed: your role asks for a second factor. You can set up another phone.")
        elif "remove" in request.POST:
            factor.remove(user)
            session.hold_on(request, user)
            record(Action.FACTOR_REMOVED, by=user, about=user)
            messages.success(request, "From now on your password is all that is asked for.")
            return HttpResponseRedirect(request.path)
    context = {
        **admin.site.each_context(request),
        "title": "Second factor",
        "form": form,
        "since": factor.since(user),
        "codes_left": user.recovery_codes.count(),
        "is_required": is_required,
    }
    return _asking_to_wait(TemplateResponse(request, "admin/sign_in/own.html", context), form)
