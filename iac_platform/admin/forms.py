"""Forms whose saving is a service's business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms

from iac_platform.common.errors import DomainError, ErrorKind

if TYPE_CHECKING:
    from types import TracebackType

    from django.http import HttpRequest

    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm

_CHANGED = (
    "Somebody changed this since you opened it. Open it again to see the current state, "
    "then repeat your change."
)


class ServiceForm(_ModelForm):
    """A form that can be told why a service refused what it was asked.

    Attributes:
        refusal: why the last submission was refused; None before there was one.
        request: the request that the form answers.
    """

    refusal: ClassVar[DomainError | None] = None
    request: ClassVar[HttpRequest]

    def clean(self) -> dict[str, Any]:
        """Check the fields, and put the refusal beside those it speaks of."""
        cleaned = super().clean() or self.cleaned_data
        if self.refusal is not None:
            self._show(self.refusal)
        return cleaned

    def _show(self, refusal: DomainError) -> None:
        placed = False
        for error in refusal.extra.get("errors", ()):
            field = str(error.get("pointer", "")).removeprefix("/")
            if field in self.fields:
                self.add_error(field, error.get("message") or error.get("detail") or refusal.title)
                placed = True
        if not placed:
            self.add_error(None, wording(refusal))


class RevisedForm(ServiceForm):
    """A form of something that two people may change at once."""

    seen_revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "seen_revision" in self.fields:
            self.fields["seen_revision"].initial = self.instance.revision


class RefusalsOn:
    """Shows on a form why a service refused it; ``is_valid`` tells afterwards whether it did."""

    def __init__(self, form: forms.BaseForm) -> None:
        self._form = form

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Show a refusal; let every other error pass."""
        if not isinstance(error, DomainError):
            return False
        self._form.add_error(None, wording(error))
        return True


def wording(refusal: DomainError) -> str:
    """A refusal in the words of somebody who looks at a form."""
    if refusal.kind is ErrorKind.PRECONDITION_FAILED:
        return _CHANGED
    return f"{refusal.title}. {refusal.detail}"
