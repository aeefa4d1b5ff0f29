"""Where people sign devices in."""

from django.urls import path

from sso.oauth.pages.devices import device

urlpatterns = [path("device/", device, name="device")]
