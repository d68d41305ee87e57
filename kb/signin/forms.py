from typing import Any, override

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django_otp.oath import TOTP

from kb.signin.factor import accepts, matching
from kb.signin.throttle import Step, counted

_CODE = forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "class": "vTextField"})
WRONG_CODE = "This code is not right, or was used already. Wait for the next one, and check the clock of the phone."


class SignInForm(AdminAuthenticationForm):
    """Name and password, and no more tries than are let pass."""

    @override
    def clean(self) -> dict[str, Any]:
        if not (self.request and self.cleaned_data.get("username") and self.cleaned_data.get("password")):
            return super().clean()
        with counted(self.request, self.cleaned_data["username"], Step.PASSWORD):
            return super().clean()


class AboutFactor(forms.Form):
    """A form of one person."""

    required_css_class = "required"

    def __init__(self, *args: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        self.request, self.user = request, user
        super().__init__(*args, **kwargs)

    def counted(self, step: Step) -> Any:
        return counted(self.request, self.user.get_username(), step)


class PasswordForm(AboutFactor):
    """The password once more, so that nobody does harm at a desk that was left alone."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "vTextField"}),
    )

    def clean_password(self) -> str:
        with self.counted(Step.PASSWORD):
            if not self.user.check_password(self.cleaned_data["password"]):
                raise ValidationError("This is not your password.")
        return ""


class CodeField(forms.CharField):
    """Figures as apps show them, in groups."""

    @override
    def to_python(self, value: Any) -> str:
        return "".join((super().to_python(value) or "").split())


class CodeForm(AboutFactor):
    code = CodeField(max_length=40, widget=_CODE)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        with self.counted(Step.CODE):
            if not accepts(self.user, code):
                raise ValidationError(WRONG_CODE)
        return code

    def get_user(self) -> User:
        return self.user


class SetUpForm(AboutFactor):
    """The first code of a new phone; `totp` is there once it is valid."""

    code = CodeField(label="Code that the app shows", max_length=40, widget=_CODE)
    totp: TOTP

    def __init__(self, *args: Any, key: str, **kwargs: Any) -> None:
        self.key = key
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        totp = matching(self.key, code)
        if totp is None:
            raise ValidationError(WRONG_CODE)
        self.totp = totp
        return code


class RenewForm(PasswordForm, SetUpForm):
    """The same from somebody who is signed in already."""
