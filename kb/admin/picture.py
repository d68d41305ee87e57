from typing import Any, ClassVar, override

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kb.admin.careful import CarefulAdmin
from kb.models import Picture
from kb.pictures import Stored
from kb.signin.session import person_of
from kb.uploads import Drawing, NotAPicture, draw, remove, store, used_names

_WITHOUT_MARKS = str.maketrans({"[": "(", "]": ")", "\\": "/", "`": "’"})


class PictureForm(forms.ModelForm):
    """What can be said of a picture that is stored."""

    class Meta:
        model = Picture
        fields = ("alternative",)

    def clean_alternative(self) -> str:
        """One line without the marks that would end it where it stands in a text."""
        return " ".join(self.cleaned_data["alternative"].translate(_WITHOUT_MARKS).split())


class UploadForm(PictureForm):
    """A JPEG, PNG or WebP picture, judged by its content, and what it shows."""

    image = forms.FileField(
        label="Picture",
        help_text="JPEG, PNG or WebP. Where it was taken, and whatever else the file tells, is not kept.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"required": "Choose a picture.", "empty": "The file is empty. Choose a picture."},
    )
    alternative = Picture._meta.get_field("alternative").formfield(
        error_messages={"required": "Say what the picture shows, for people who don’t see it."}
    )

    def clean_image(self) -> Drawing:
        """The picture, drawn anew. Raises ValidationError that says what is accepted."""
        try:
            return draw(self.cleaned_data["image"])
        except NotAPicture as error:
            raise forms.ValidationError(str(error)) from None


class UsedFilter(admin.SimpleListFilter):
    title = "use"
    parameter_name = "used"

    @override
    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", "Used"), ("no", "Unused")]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Picture]) -> QuerySet[Picture]:
        match self.value():
            case "yes":
                return queryset.filter(name__in=used_names())
            case "no":
                return queryset.exclude(name__in=used_names())
        return queryset


@admin.register(Picture)
class PictureAdmin(CarefulAdmin):
    """Everything that was uploaded. What no text and no revision mentions is unused, and only that can be deleted."""

    form = PictureForm
    list_display = ("thumbnail", "alternative", "width", "height", "size", "uploaded_at", "uploaded_by", "is_used")
    list_display_links = ("thumbnail", "alternative")
    list_filter = (UsedFilter, "uploaded_by")
    list_select_related = ("uploaded_by",)
    search_fields = ("alternative", "name")
    date_hierarchy = "uploaded_at"

    class Media:
        css: ClassVar = {"all": ["css/admin-desk.css"]}

    @override
    def get_fields(self, request: HttpRequest, obj: Picture | None = None) -> tuple[str, ...]:
        return ("image", "alternative") if obj is None else ("thumbnail", "alternative", *_FACTS)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Picture | None = None) -> tuple[str, ...]:
        return () if obj is None else ("thumbnail", *_FACTS)

    @override
    def get_form(
        self, request: HttpRequest, obj: Picture | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        return super().get_form(request, obj, change, **({} if change else {"form": UploadForm}) | kwargs)

    @override
    def save_model(self, request: HttpRequest, obj: Picture, form: forms.ModelForm, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            store(form.cleaned_data["image"], obj, by=person_of(request), now=timezone.now())

    @override
    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changelist = super().get_changelist_instance(request)
        used = used_names()
        for picture in changelist.result_list:
            picture.used = picture.name in used  # asked once for all rows
        return changelist

    @admin.display(description="used", boolean=True)
    def is_used(self, picture: Any) -> bool:
        return bool(picture.used)

    @admin.display(description="picture")
    def thumbnail(self, picture: Picture) -> SafeString | str:
        stored = Stored.at(picture.address)
        if stored is None:
            return ""
        shown = stored.smaller or stored
        return format_html(
            '<img class="thumbnail" src="{}" alt="{}" loading="lazy">', shown.address, picture.alternative
        )

    @admin.display(description="to show it in a text, write")
    def to_write(self, picture: Picture) -> SafeString:
        return format_html("<code>{}</code>", picture.markdown)

    @override
    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What deleting would take along. A picture that is used stands among what is protected."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        used = used_names()
        kept = [
            f"“{picture}” is shown in an article or in one of its revisions" for picture in objs if picture.name in used
        ]
        return deleted, counts, missing, [*protected, *kept]

    @override
    def delete_model(self, request: HttpRequest, obj: Picture) -> None:
        remove([obj])

    @override
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Picture]) -> None:
        remove(queryset)


_FACTS = ("to_write", "name", "width", "height", "size", "uploaded_at", "uploaded_by")
